import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HierarchicalQuorums } from "./hierarchical-quorums.js";
import { MajorityQuorums, type QuorumSystem } from "./quorum-system.js";

/** Ids from 1 to 9, each in one of three groups; the last of them may be an observer with a weight of its own. */
const systems: fc.Arbitrary<{ readonly system: QuorumSystem; readonly voters: readonly bigint[] }> = fc
  .record({
    servers: fc.array(fc.record({ group: fc.bigInt({ min: 1n, max: 3n }), weight: fc.integer({ min: 0, max: 3 }) }), {
      minLength: 1,
      maxLength: 9,
    }),
    isMajority: fc.boolean(),
    hasObserver: fc.boolean(),
  })
  .map(({ servers, isMajority, hasObserver }) => {
    const all = servers.map((server, i) => ({ id: BigInt(i + 1), ...server }));
    const voters = all.slice(0, hasObserver ? -1 : undefined).map(({ id }) => id);
    if (isMajority) return { system: new MajorityQuorums(voters), voters };
    const idsOf = (group: bigint) => all.filter((each) => each.group === group).map(({ id }) => id);
    const groups = new Map([1n, 2n, 3n].map((group) => [group, idsOf(group)]));
    const weights = new Map(all.map(({ id, weight }) => [id, weight]));
    return { system: new HierarchicalQuorums(voters, { groups, weights }), voters };
  });

const ids = fc.uniqueArray(fc.bigInt({ min: 1n, max: 12n }));

describe("every system of quorums", () => {
  it("has a voter in common in any two quorums", () => {
    fc.assert(
      fc.property(systems, ids, ({ system, voters }, some) => {
        const others = voters.filter((id) => !some.includes(id));
        expect(system.isQuorum(some) && system.isQuorum(others)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("counts each voter once, and no other server", () => {
    fc.assert(
      fc.property(systems, ids, ({ system, voters }, some) => {
        const asked = some.filter((id) => voters.includes(id));
        expect(system.isQuorum([...some, ...some])).toBe(system.isQuorum(asked));
      }),
    );
  });

  it("keeps a quorum that more voters join", () => {
    fc.assert(
      fc.property(systems, ids, ids, ({ system }, some, more) => {
        if (system.isQuorum(some)) expect(system.isQuorum([...some, ...more])).toBe(true);
      }),
    );
  });

  it("finds the position of a quorum that a search of all positions finds", () => {
    const positions = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.bigInt({ min: 0n, max: 20n }));
    fc.assert(
      fc.property(systems, positions, ({ system }, given) => {
        const reached = new Map(Object.entries(given).map(([id, position]) => [BigInt(id), position]));
        const candidates = [...reached.values()].sort((a, b) => (a > b ? -1 : 1));
        const naive = candidates.find((z) => system.isQuorum([...reached].filter(([, p]) => p >= z).map(([id]) => id)));
        expect(system.quorumPosition(reached)).toBe(naive ?? 0n);
      }),
      { numRuns: 500 },
    );
  });

  it("is no quorum without voters", () => {
    const none = { groups: new Map(), weights: new Map() };
    for (const system of [new MajorityQuorums([]), new HierarchicalQuorums([], none)]) {
      expect(system.isQuorum([1n])).toBe(false);
      expect(system.quorumPosition(new Map([[1n, 5n]]))).toBe(0n);
    }
  });
});

describe("majorities", () => {
  it.each([
    [3, [1n], false],
    [3, [1n, 3n], true],
    [4, [1n, 2n], false],
    [4, [1n, 2n, 4n], true],
    [5, [1n, 9n, 10n, 2n], false],
  ])("of %i voters: %s", (count, some, expected) => {
    const system = new MajorityQuorums(Array.from({ length: count }, (_, i) => BigInt(i + 1)));
    expect(system.isQuorum(some)).toBe(expected);
  });
});

describe("groups", () => {
  const system = new HierarchicalQuorums([1n, 2n, 3n, 4n, 5n, 6n, 7n], {
    groups: new Map([
      [1n, [1n, 2n, 3n]],
      [2n, [4n, 5n]],
      [3n, [6n, 8n]],
      [4n, [7n]],
    ]),
    weights: new Map([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].map((id) => [id, id === 5n ? 3 : id === 7n ? 0 : 1])),
  });

  it.each([
    ["most of two groups of three that have weight", [1n, 2n, 5n], true],
    ["one group", [1n, 2n, 3n], false],
    ["half of the weight of the second group", [1n, 2n, 4n], false],
    ["a group without weight", [1n, 2n, 7n], false],
    ["half of the weight of a group with an observer", [1n, 2n, 6n, 8n], false],
  ])("agree or not: %s", (_, some, expected) => {
    expect(system.isQuorum(some)).toBe(expected);
  });

  it("give no weight to servers that are not voters", () => {
    expect([1n, 5n, 7n, 8n, 9n].map((id) => system.weightOf(id))).toEqual([1, 3, 0, 0, 0]);
  });
});
