import { describe, expect, it } from "vitest";
import { explore } from "./explore.ts";

describe("every order of steps of three servers keeps the invariants of Zab", () => {
  it.each([
    { transactions: 0, crashes: 0, cuts: 0 },
    { transactions: 1, crashes: 0, cuts: 0 },
  ])("with $transactions transactions, $crashes crashes and $cuts cut connections", (budget) => {
    const { isWhole, states, interleavings } = explore(budget);
    expect(isWhole).toBe(true);
    expect(states).toBeGreaterThan(500);
    expect(interleavings).toBeGreaterThan(states);
  });

  it("with two transactions, two crashes and two cut connections, in the first 5,000 states", () => {
    expect(explore({ transactions: 2, crashes: 2, cuts: 2 }, 5000)).toMatchObject({ states: 5000 });
  });
});
