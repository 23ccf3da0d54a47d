import { expect, it } from "vitest";
import { findProgram, programs } from "./programs.ts";

it("findProgram returns each program by its kind and name", () => {
  for (const [kind, ofKind] of Object.entries(programs)) {
    for (const [name, program] of Object.entries(ofKind)) expect(findProgram(kind, name)).toEqual({ program });
  }
});

it("findProgram lists the programs of a kind for an unknown name", () => {
  expect(findProgram("soak", "toString")).toEqual({
    problem: expect.stringMatching(/^There is no soak "toString"\. Programs:\n {2}pnpm soak client /),
  });
});

it("findProgram lists the programs for a missing name or kind", () => {
  expect(findProgram("bench", undefined)).toEqual({
    problem: expect.stringMatching(/^Programs:\n {2}pnpm bench adapters /),
  });
  expect(findProgram(undefined, undefined)).toEqual({ problem: expect.stringContaining("pnpm soak client") });
});
