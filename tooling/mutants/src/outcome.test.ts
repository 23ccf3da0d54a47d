import { describe, expect, it } from "vitest";
import type { Fate, Mutant } from "./mutant.ts";
import { type Equivalent, outcomeOf, summary, survivors } from "./outcome.ts";

const mutant = (line: number, mutated: string, fate: Fate, file = "src/a.ts"): Mutant => ({
  ...{ file, line, lineText: `line ${line}`, original: "a < b", mutated, fate },
});
const equivalent = (mutated: string, more: Partial<Equivalent> = {}): Equivalent => ({
  ...{ file: "src/a.ts", original: "a < b", mutated, reason: "a is never b" },
  ...more,
});
const judged = (mutants: readonly Mutant[], ...equivalents: Equivalent[]) => outcomeOf(mutants, equivalents);

describe("the score", () => {
  it("is the share of the killed among the mutants that can be killed", () => {
    const mutants = [
      ...[1, 2, 3, 4, 5, 6].map((line) => mutant(line, "true", "killed")),
      mutant(7, "true", "survived"),
      mutant(8, "true", "uncovered"),
      mutant(9, "true", "invalid"),
      mutant(10, "a <= b", "survived"),
    ];
    const outcome = judged(mutants, equivalent("a <= b"));
    expect(summary("x", outcome)).toBe("x: 6 killed, 1 survived, 1 not covered, 1 equivalent, score 75.0 %");
  });

  it("is 100 % where there is nothing to kill", () => {
    expect(judged([]).score).toBe(100);
  });
});

it("lists survivors in the order of the code, with the changed code", () => {
  const mutants = [
    mutant(9, "true", "survived", "src/b.ts"),
    mutant(12, "true", "survived"),
    mutant(3, "", "uncovered"),
    mutant(1, "false", "killed"),
  ];
  expect(survivors(judged(mutants))).toStrictEqual([
    "src/a.ts:3  a < b -> (removed)  (not covered)",
    "src/a.ts:12  a < b -> true",
    "src/b.ts:9  a < b -> true",
  ]);
});

describe("an equivalent mutant", () => {
  it("can be one of several with the same texts, named by its source line", () => {
    const mutants = [mutant(1, "true", "survived"), mutant(2, "true", "survived")];
    const { survived, stale } = judged(mutants, equivalent("true", { line: "line 2" }));
    expect(survived).toStrictEqual([mutants[0]]);
    expect(stale).toStrictEqual([]);
  });

  it("that does not exist any more must leave the list", () => {
    const entry = equivalent("false");
    expect(judged([mutant(1, "true", "killed")], entry).stale).toStrictEqual([
      { entry, why: "there is no such mutant" },
    ]);
  });

  it("that a test kills must leave the list", () => {
    const entry = equivalent("true");
    expect(judged([mutant(1, "true", "killed")], entry)).toMatchObject({
      killed: 1,
      stale: [{ entry, why: "a test kills it" }],
    });
  });

  it("of a file that was not mutated stays in the list", () => {
    expect(judged([mutant(1, "true", "killed", "src/b.ts")], equivalent("true")).stale).toStrictEqual([]);
  });
});
