import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadWorkspace } from "../load.ts";
import { problems } from "./limits.ts";
import { figure, measure } from "./measure.ts";
import { proseOfMarkdown } from "./prose.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

it("the odd words of each package are within the limits", () => {
  expect(problems(measure(loadWorkspace(root)))).toEqual([]);
});

const ODD = "whoever";
const source = (comment: string) => new Map([["packages/client/src/a.ts", `${comment}\nexport const a = "${ODD}";\n`]]);
const [client] = ["packages/client"];

describe("measuring", () => {
  it("counts odd words in comments, and neither in code nor in tests", () => {
    const files = source(`// A word of ${ODD} here.\n/** Uses \`${ODD}\` and {@link ${ODD}}. */`);
    files.set("packages/client/src/a.test.ts", `// ${ODD}\n`);
    expect(measure({ files })).toMatchObject([
      { folder: client, comments: { part: 1, of: 7 }, docs: { part: 0, of: 1 } },
    ]);
  });

  it("counts doc comments that begin with a riddle, and no other comments", () => {
    const files = source("/** What it is. */\n/** Closes it. */\n// What follows.");
    expect(measure({ files })[0]!.docs).toEqual({ part: 1, of: 2 });
  });

  it("counts the prose of Markdown without code and the targets of links", () => {
    const text = `# A ${ODD}\n\n\`${ODD}\` [link](${ODD}.md) a\n\n\`\`\`ts\n${ODD}\n\`\`\`\n\n    ${ODD}\n\n- an ${ODD}\n`;
    expect(proseOfMarkdown(text).match(/\w+/g)).toEqual(["A", ODD, "link", "a", "an", ODD]);
    expect(measure({ files: new Map([["docs/a.md", text]]) })).toMatchObject([
      { folder: ".", markdown: { part: 2, of: 6 } },
    ]);
  });

  it("gives odd words per 1,000 and riddles per 100", () => {
    expect(figure("comments", { part: 1, of: 300 })).toBe(3.3);
    expect(figure("docs", { part: 1, of: 300 })).toBe(0.3);
    expect(figure("docs", { part: 0, of: 0 })).toBe(0);
  });
});

it("a package with a figure above its limit is a problem", () => {
  const measured = measure({ files: source(`// One ${ODD} and a whole lot of other words, nine.`) });
  expect(problems(measured)).toEqual([expect.stringContaining("packages/client comments: 100, at most 5")]);
  expect(problems(measure({ files: source("// Plain words.") }))).toEqual([]);
});
