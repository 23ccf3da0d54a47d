import { describe, expect, it } from "vitest";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";
import { SeenConfigurations } from "./seen-configurations.js";

const [active, second, third] = [
  configuration("1:0", [1, 2, 3]),
  configuration("1:5", [1, 2, 4]),
  configuration("1:7", [1, 4, 5]),
];

describe("the configurations that a server has seen", () => {
  it("hold back all positions from the first one that is not on disk, and no earlier one", () => {
    const seen = new SeenConfigurations(new QuorumSet(active));
    const limits = () => [4n, 5n, 6n, 7n, 8n].map((zxid) => [seen.limit(zxid), seen.isStoredUpTo(zxid)]);
    expect(limits()).toEqual([4n, 5n, 6n, 7n, 8n].map((zxid) => [zxid, true]));
    for (const [each, zxid] of [
      [second, 5n],
      [third, 7n],
    ] as const)
      expect(seen.see(each, zxid)).toBe(true);
    expect(limits()).toEqual([[4n, true], ...[5n, 6n, 7n, 8n].map(() => [4n, false])]);
    seen.stored();
    expect(limits()).toEqual([...[4n, 5n, 6n].map((zxid) => [zxid, true]), [6n, false], [6n, false]]);
    seen.stored();
    expect(limits()).toEqual([4n, 5n, 6n, 7n, 8n].map((zxid) => [zxid, true]));
  });

  it("are taken once, with all that were proposed before, and no later one", () => {
    const seen = new SeenConfigurations(new QuorumSet(active));
    for (const [each, zxid] of [
      [active, 4n],
      [second, 5n],
      [third, 7n],
    ] as const)
      seen.see(each, zxid);
    expect([seen.takeUpTo(6n), seen.takeUpTo(4n), seen.takeUpTo(5n)]).toEqual([undefined, undefined, undefined]);
    expect([seen.takeUpTo(7n), seen.takeUpTo(7n)]).toEqual([third, undefined]);
  });

  it("are not to be stored if they are as old as the last one", () => {
    const seen = new SeenConfigurations(new QuorumSet(active, second));
    expect([active, second, third].map((each) => seen.see(each, 9n))).toEqual([false, false, true]);
  });
});
