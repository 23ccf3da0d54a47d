import { expect, it } from "vitest";
import { findProgram, programs } from "./programs.ts";

it("finds every program by its kind and name", () => {
  for (const [kind, ofKind] of Object.entries(programs)) {
    for (const [name, program] of Object.entries(ofKind)) expect(findProgram(kind, name)).toEqual({ program });
  }
});

it("answers an unknown name with those that there are", () => {
  expect(findProgram("soak", "toString")).toEqual({
    problem: expect.stringMatching(/^There is no soak "toString"\. There is:\n {2}pnpm soak client /),
  });
});

it("answers a missing name or kind with the list", () => {
  expect(findProgram("bench", undefined)).toEqual({
    problem: expect.stringMatching(/^There is:\n {2}pnpm bench adapters /),
  });
  expect(findProgram(undefined, undefined)).toEqual({ problem: expect.stringContaining("pnpm soak client") });
});
