import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CastVote, isBetter, isSameVote, supportersOf } from "./vote.js";

/** Few values of each number, so that many of them are equal. */
const few = fc.bigInt({ min: 0n, max: 2n });
const votes: fc.Arbitrary<CastVote> = fc.record({
  leader: few,
  zxid: few,
  electionEpoch: few,
  peerEpoch: few,
  state: fc.constantFrom("looking", "following", "leading", "observing"),
  version: fc.constantFrom(0, 2),
});

describe("the order of votes", () => {
  it("is total: of two votes that differ in epoch, zxid or leader, exactly one is better", () => {
    fc.assert(
      fc.property(votes, votes, (a, b) => {
        const isEqual = a.peerEpoch === b.peerEpoch && a.zxid === b.zxid && a.leader === b.leader;
        expect([isBetter(a, b), isBetter(b, a)].filter(Boolean)).toHaveLength(isEqual ? 0 : 1);
      }),
    );
  });

  it("is transitive", () => {
    fc.assert(
      fc.property(votes, votes, votes, (a, b, c) => {
        if (isBetter(a, b) && isBetter(b, c)) expect(isBetter(a, c)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("compares the epoch first, then the zxid, then the id", () => {
    const vote = (peerEpoch: bigint, zxid: bigint, leader: bigint) => ({ peerEpoch, zxid, leader, electionEpoch: 1n });
    expect(isBetter(vote(2n, 0n, 0n), vote(1n, 9n, 9n))).toBe(true);
    expect(isBetter(vote(1n, 2n, 0n), vote(1n, 1n, 9n))).toBe(true);
    expect(isBetter(vote(1n, 1n, 2n), vote(1n, 1n, 1n))).toBe(true);
  });
});

describe("votes are the same", () => {
  it("in both directions, and only for the same leader", () => {
    fc.assert(
      fc.property(votes, votes, (a, b) => {
        expect(isSameVote(a, b)).toBe(isSameVote(b, a));
        if (a.leader !== b.leader) expect(isSameVote(a, b)).toBe(false);
        expect(isSameVote(a, { ...a })).toBe(true);
      }),
    );
  });

  const vote: CastVote = { leader: 1n, zxid: 1n, electionEpoch: 1n, peerEpoch: 1n, state: "following", version: 2 };
  it.each([
    ["of another zxid and round, after decisions", vote, { zxid: 2n, electionEpoch: 2n }, true],
    ["of another epoch, after decisions", vote, { peerEpoch: 2n }, false],
    ["of another epoch, if one of them has no version", vote, { peerEpoch: 2n, version: 0 }, true],
    ["of another epoch, if neither has a version", { ...vote, version: 0 }, { peerEpoch: 2n, version: 0 }, false],
    ["of another zxid, if one of them is looking", vote, { state: "looking", zxid: 2n }, false],
    ["of another round, if one of them is looking", vote, { state: "looking", electionEpoch: 2n }, false],
    ["of another epoch, if one of them is looking", vote, { state: "looking", peerEpoch: 2n, version: 0 }, false],
    ["of another state alone", vote, { state: "looking" }, true],
  ] as const)("or not: %s", (_, one, difference, expected) => {
    expect(isSameVote(one, { ...one, ...difference })).toBe(expected);
  });

  it("for the supporters of a vote", () => {
    const cast = new Map([
      [1n, vote],
      [2n, { ...vote, leader: 2n }],
      [3n, { ...vote, zxid: 5n }],
    ]);
    expect(supportersOf(vote, cast)).toEqual([1n, 3n]);
  });
});
