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

  it.each([
    ["flushes keep nothing", /acknowledged 1:1, which it may lose/],
    ["epochs are not stored", /joins epoch 1 after 0; it has accepted 0/],
  ] as const)("finds that %s", (fault, violation) => {
    expect(() => explore({ transactions: 1, crashes: 0, cuts: 0 }, 20_000, fault)).toThrow(violation);
  });

  it("with two transactions, two crashes and two cut connections, in the first 5,000 states", () => {
    expect(explore({ transactions: 2, crashes: 2, cuts: 2 }, 5000)).toMatchObject({ states: 5000 });
  });
});
