import { expect, it } from "vitest";
import { toMutant } from "./mutant.ts";

const SOURCE = "const a = 1;\nif (a < 2) {\n  b();\n}\n";

it("reads the changed code of one line from the source", () => {
  const location = { start: { line: 2, column: 5 }, end: { line: 2, column: 10 } };
  const found = { fileName: "a.ts", location, replacement: "a <= 2", status: "Survived" };
  expect(toMutant(found, "src/a.ts", SOURCE)).toStrictEqual({
    file: "src/a.ts",
    line: 2,
    lineText: "if (a < 2) {",
    original: "a < 2",
    mutated: "a <= 2",
    fate: "survived",
  });
});

it("prints changed code of several lines as one line", () => {
  const location = { start: { line: 2, column: 12 }, end: { line: 4, column: 2 } };
  const found = { fileName: "a.ts", location, replacement: "{}", status: "NoCoverage" };
  expect(toMutant(found, "src/a.ts", SOURCE)).toMatchObject({ line: 2, original: "{ b(); }", fate: "uncovered" });
});

it.each([
  ["Killed", "killed"],
  ["Timeout", "killed"],
  ["RuntimeError", "invalid"],
  ["CompileError", "invalid"],
])("counts a mutant that Stryker reports as %s as %s", (status, fate) => {
  const location = { start: { line: 1, column: 1 }, end: { line: 1, column: 6 } };
  expect(toMutant({ fileName: "a.ts", location, status }, "src/a.ts", SOURCE).fate).toBe(fate);
});
