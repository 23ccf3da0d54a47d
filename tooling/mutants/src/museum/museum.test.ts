import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inapplicable } from "./catalog/inapplicable.ts";
import { rooms } from "./catalog/index.ts";
import { KNOWN_BUGS } from "./catalog/known.ts";
import { problemsOf, sourcesIn } from "./check.ts";
import type { Exhibit } from "./exhibit.ts";
import { page } from "./page.ts";

const folder = join(import.meta.dirname, "../../../../packages/server/src");
const exhibits = rooms.flatMap((room) => room.exhibits);

describe("the museum", () => {
  it("names guards and scenarios that exist", () => {
    expect(problemsOf(exhibits, sourcesIn(folder))).toEqual([]);
  });

  it("has every known bug of replication, in an exhibit or with the reason why it does not apply", () => {
    const shown = new Set([...exhibits, ...inapplicable].flatMap(({ bugs }) => bugs));
    expect(KNOWN_BUGS.filter((bug) => !shown.has(bug))).toEqual([]);
  });

  it("is the page MUSEUM.md, which `pnpm museum --write` makes after a run", () => {
    expect(readFileSync(join(folder, "zab/MUSEUM.md"), "utf8")).toBe(page());
  });
});

describe("an exhibit is refused", () => {
  const exhibit: Exhibit = {
    name: "a-bug",
    bugs: ["1"],
    defect: "",
    guard: "",
    edits: [{ file: "a.ts", text: "if (ok)", without: "if (true)" }],
    scenario: { file: "a.test.ts", titles: ["a part", "does it with 3"] },
  };
  const sources: Readonly<Record<string, string>> = {
    "a.ts": "if (ok) run();",
    "a.test.ts": 'describe("a part", () => {\n  it.each([3])(\n    "does it with %i",\n    () => {});\n});',
  };
  const refused = (changed: Partial<Exhibit>, files = sources) =>
    problemsOf([{ ...exhibit, ...changed }], (file) => files[file]);

  it("only if something is wrong", () => {
    expect(refused({})).toEqual([]);
    expect(refused({ scenario: { file: "a.test.ts", titles: ["a part", "does it with %i"] } })).toEqual([]);
  });

  it.each([
    ["the guard is not in its file", { "a.ts": "run();" }, "a.ts has the text of the guard 0 times, not once: if (ok)"],
    ["the guard is there twice", { "a.ts": "if (ok) if (ok)" }, "a.ts has the text of the guard 2 times"],
    [
      "the scenario has another name",
      { "a.test.ts": 'describe("a part", () => {});' },
      'no suite or test "does it with 3"',
    ],
  ])("if %s", (_, files, problem) => {
    expect(refused({}, { ...sources, ...files })).toEqual([expect.stringContaining(`a-bug: `)]);
    expect(refused({}, { ...sources, ...files })[0]).toContain(problem);
  });

  it("if a file does not exist", () => {
    expect(refused({}, {})).toEqual(["a-bug: there is no a.ts", "a-bug: there is no a.test.ts"]);
  });

  it("if its name is not its own", () => {
    expect(problemsOf([exhibit, exhibit], (file) => sources[file])).toEqual(["a-bug: another exhibit has this name"]);
  });
});
