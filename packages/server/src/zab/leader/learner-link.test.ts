import { describe, expect, it } from "vitest";
import type { LinkState } from "./leader-state.js";
import { LearnerLink } from "./learner-link.js";
import { LearnerLinks } from "./learner-links.js";

const INIT_MS = 10_000;
const SYNC_MS = 5000;

function linkOf(
  learner: number,
  id: bigint,
  state: LinkState = "upToDate",
  role: "follower" | "observer" = "follower",
) {
  const link = new LearnerLink(
    learner,
    { type: "learnerInfo", id, role, acceptedEpoch: 1, configurationVersion: 0n },
    1000,
  );
  link.enter(state, 1000);
  return link;
}

describe("a learner", () => {
  it.each<[LinkState, isForwarding: boolean, isSynchronized: boolean]>([
    ["registered", false, false],
    ["proposed", false, false],
    ["acknowledged", false, false],
    ["synchronizing", true, false],
    ["synchronized", true, true],
    ["upToDate", true, true],
  ])("in the state %s gets proposals: %s; has the leader's history: %s", (state, isForwarding, isSynchronized) => {
    const link = linkOf(2, 2n, state);
    expect([link.isForwarding, link.isSynchronized]).toStrictEqual([isForwarding, isSynchronized]);
  });

  it("has the time for its start from its last step on, and no more", () => {
    const link = linkOf(2, 2n, "synchronizing");
    expect(link.overdue(11_000, INIT_MS, SYNC_MS)).toBeUndefined();
    expect(link.overdue(11_001, INIT_MS, SYNC_MS)).toBe("it was not up to date within 10000 ms");
  });

  it("is overdue after the limit without a packet, and with an old proposal", () => {
    const link = linkOf(2, 2n);
    expect(link.overdue(6000, INIT_MS, SYNC_MS)).toBeUndefined();
    expect(link.overdue(6001, INIT_MS, SYNC_MS)).toBe("it sent nothing for 5000 ms");
    link.heardAt = 9000;
    link.forwardedTo(1n, 2000);
    expect(link.overdue(7000, INIT_MS, SYNC_MS)).toBeUndefined();
    expect(link.overdue(7001, INIT_MS, SYNC_MS)).toBe("it acknowledged no proposal for 5000 ms");
  });

  it("does not get more time for a proposal by later ones", () => {
    const link = linkOf(2, 2n);
    link.forwardedTo(1n, 2000);
    link.forwardedTo(2n, 4000);
    expect(link.unackedSince).toBe(2000);
  });

  it("gets more time by an acknowledgement, and needs none when it has acknowledged everything", () => {
    const link = linkOf(2, 2n);
    for (const zxid of [1n, 2n, 3n]) link.forwardedTo(zxid, 2000);
    expect([link.ackedTo(2n, 3000), link.acked, link.unackedSince]).toStrictEqual([true, 2n, 3000]);
    expect([link.ackedTo(3n, 4000), link.acked, link.unackedSince]).toStrictEqual([true, 3n, undefined]);
  });

  it.each([1n, 2n])("gains nothing by acknowledging again what it has acknowledged: %s of 2", (zxid) => {
    const link = linkOf(2, 2n);
    for (const each of [1n, 2n, 3n]) link.forwardedTo(each, 2000);
    link.ackedTo(2n, 3000);
    expect([link.ackedTo(zxid, 4000), link.acked, link.unackedSince]).toStrictEqual([false, 2n, 3000]);
  });

  it("gets more time for everything that it owes by a pause of the leader, and owes nothing else after it", () => {
    const link = linkOf(2, 2n);
    link.postpone(500);
    expect([link.since, link.heardAt, link.unackedSince]).toStrictEqual([1500, 1500, undefined]);
    link.forwardedTo(1n, 2000);
    link.postpone(500);
    expect(link.unackedSince).toBe(2500);
  });
});

describe("the connections of a leader", () => {
  it("are one for each server: the newest", () => {
    const links = new LearnerLinks();
    const [first, other, second] = [linkOf(1, 2n), linkOf(2, 3n), linkOf(3, 2n)];
    expect([links.add(first), links.add(other)]).toStrictEqual([undefined, undefined]);
    expect(links.add(second)).toBe(first);
    expect(links.all()).toStrictEqual([other, second]);
    expect(links.stateOf(1)).toBe("unknown");
  });

  it("name the servers that are connected as followers, and no others", () => {
    const links = new LearnerLinks();
    for (const link of [linkOf(1, 2n), linkOf(2, 3n, "upToDate", "observer"), linkOf(3, 4n, "proposed")]) {
      links.add(link);
    }
    expect(links.followers(() => true)).toStrictEqual([2n, 4n]);
    expect(links.followers(({ state }) => state === "upToDate")).toStrictEqual([2n]);
  });
});
