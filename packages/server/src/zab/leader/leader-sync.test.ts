import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";

/** Proposals of an established leader: 1:1 is applied, 1:2 is committed, 1:3 is outstanding. */
const IN_FLIGHT = [
  ...TO_ESTABLISHED,
  "propose 1:1",
  "propose 1:2",
  "propose 1:3",
  "2 ack 1:2",
  "durable 1:2",
  "applied 1:1",
];

describe("a learner that joins while proposals are in flight", () => {
  it("gets those after its last one by DIFF, and is brought up to date by its ACK", () => {
    const leader = leaderAfter([...IN_FLIGHT, "3 learnerInfo 0"]);
    expect(
      leaderTranscript(leader, "3 ackEpoch 0 0:0", "3 ack 1:0", "3 ack 1:3", "durable 1:3"),
    ).toMatchInlineSnapshot(`
      "3 ackEpoch 0 0:0
          sync learner=3 diff 0:0 1:1
          send to 3 proposal 1:2
          send to 3 commit 1:2
          send to 3 proposal 1:3
          send to 3 newLeader 1:0 v0:0
      3 ack 1:0
          send to 3 upToDate
      3 ack 1:3
      durable 1:3
          send to 2, 3 commit 1:3
          commit 1:3"
    `);
  });

  it("keeps records that are committed, though the leader has not applied them", () => {
    const leader = leaderAfter([...IN_FLIGHT, "12 learnerInfo 1"]);
    expect(leaderTranscript(leader, "12 ackEpoch - 1:2")).toMatchInlineSnapshot(`
      "12 ackEpoch - 1:2
          sync learner=12 diff 1:2 1:2
          send to 12 proposal 1:3
          send to 12 newLeader 1:0 v0:0"
    `);
  });

  it("removes records that are not committed by TRUNC, and gets them again", () => {
    const leader = leaderAfter([...IN_FLIGHT, "12 learnerInfo 1"]);
    expect(leaderTranscript(leader, "12 ackEpoch - 1:3")).toMatchInlineSnapshot(`
      "12 ackEpoch - 1:3
          sync learner=12 trunc 1:2 1:2
          send to 12 proposal 1:3
          send to 12 newLeader 1:0 v0:0"
    `);
  });

  it("gets a snapshot if it comes back with the same records after a TRUNC, and a TRUNC if it comes with others", () => {
    const leader = leaderAfter([
      ...IN_FLIGHT,
      ...["applied 1:2", "12 learnerInfo 1", "12 ackEpoch - 1:3", "22 learnerInfo 1"],
    ]);
    expect(leaderTranscript(leader, "22 ackEpoch - 1:3")).toMatchInlineSnapshot(`
      "22 ackEpoch - 1:3
          sync learner=22 snap 1:2
          send to 22 proposal 1:3
          send to 22 newLeader 1:0 v0:0"
    `);
    expect(leaderTranscript(leader, "32 learnerInfo 1", "32 ackEpoch - 1:4")).toContain("sync learner=32 trunc 1:2");
  });

  it("gets no snapshot that lacks committed records which it has: a commit may count on its copy", () => {
    const leader = leaderAfter([...IN_FLIGHT, "12 learnerInfo 1", "12 ackEpoch - 1:3", "22 learnerInfo 1"]);
    expect(leaderTranscript(leader, "22 ackEpoch - 1:3", "applied 1:2")).toMatchInlineSnapshot(`
      "22 ackEpoch - 1:3
      applied 1:2
          sync learner=22 snap 1:2
          send to 22 proposal 1:3
          send to 22 newLeader 1:0 v0:0"
    `);
  });

  it("gets a TRUNC again with the same records if it has acknowledged the first", () => {
    const lines = ["12 learnerInfo 1", "12 ackEpoch - 1:3", "12 ack 1:0", "22 learnerInfo 1"];
    const leader = leaderAfter([...IN_FLIGHT, "applied 1:2", ...lines]);
    expect(leaderTranscript(leader, "22 ackEpoch - 1:3")).toContain("sync learner=22 trunc 1:2");
  });

  it("gets a snapshot at what is applied, and everything after it", () => {
    const leader = leaderAfter([...IN_FLIGHT, "3 learnerInfo 0"]);
    expect(leaderTranscript(leader, "trimmed 1:1", "3 ackEpoch 0 -1")).toMatchInlineSnapshot(`
      "trimmed 1:1
      3 ackEpoch 0 -1
          sync learner=3 snap 1:1
          send to 3 proposal 1:2
          send to 3 commit 1:2
          send to 3 proposal 1:3
          send to 3 newLeader 1:0 v0:0"
    `);
  });

  it("gets a snapshot if the leader does not have the records any more that follow its last one", () => {
    const leader = leaderAfter([...IN_FLIGHT, "3 learnerInfo 0", "trimmed 1:1"]);
    expect(leaderTranscript(leader, "3 ackEpoch 0 0:0")).toContain("sync learner=3 snap 1:1");
  });

  it("as an observer gets only what is committed", () => {
    const leader = leaderAfter([...IN_FLIGHT, "4 learnerInfo 0 observer"]);
    expect(
      leaderTranscript(leader, "4 ackEpoch 0 0:0", "durable 1:3", "2 ack 1:3", "4 ack 1:0"),
    ).toMatchInlineSnapshot(`
      "4 ackEpoch 0 0:0
          sync learner=4 diff 0:0 1:1
          send to 4 proposal 1:2
          send to 4 commit 1:2
          send to 4 newLeader 1:0 v0:0
      durable 1:3
      2 ack 1:3
          send to 2 commit 1:3
          commit 1:3
      4 ack 1:0
          send to 4 upToDate
          send to 4 inform 1:3"
    `);
  });
});

describe("a learner between NEWLEADER and UPTODATE", () => {
  const LINES = [...TO_ESTABLISHED, "3 learnerInfo 0", "3 ackEpoch 0 0:0"];

  it("gets proposals at once, but their commits only after UPTODATE", () => {
    const leader = leaderAfter(LINES);
    expect(
      leaderTranscript(leader, "propose 1:1", "durable 1:1", "2 ack 1:1", "propose 1:2", "3 ack 1:0"),
    ).toMatchInlineSnapshot(`
      "propose 1:1
          send to 2, 3 proposal 1:1
          append 1:1
          flush 1:1
      durable 1:1
      2 ack 1:1
          send to 2 commit 1:1
          commit 1:1
      propose 1:2
          send to 2, 3 proposal 1:2
          append 1:2
          flush 1:2
      3 ack 1:0
          send to 3 upToDate
          send to 3 commit 1:1"
    `);
  });

  it("may acknowledge a proposal before NEWLEADER, which counts after that", () => {
    const leader = leaderAfter([...LINES, "propose 1:1", "durable 1:1"]);
    expect(leaderTranscript(leader, "3 ack 1:1", "3 ack 1:0")).toMatchInlineSnapshot(`
      "3 ack 1:1
      3 ack 1:0
          send to 3 upToDate
          send to 2, 3 commit 1:1
          commit 1:1"
    `);
  });

  it("is not pinged out of its limit while it installs a snapshot, but has to be up to date in time", () => {
    const leader = leaderAfter(LINES);
    expect(
      leaderTranscript(leader, "tick 4000", "2 heard", "tick 8000", "2 heard", "tick 10000", "tick 10001"),
    ).toMatchInlineSnapshot(`
      "tick 4000
          send to 2, 3 ping 0:0
      2 heard
      tick 8000
          send to 2, 3 ping 0:0
      2 heard
      tick 10000
          send to 2, 3 ping 0:0
      tick 10001
          disconnect learner=3 it was not up to date within 10000 ms
          send to 2 ping 0:0"
    `);
  });
});

describe("a learner that is up to date", () => {
  it("acknowledges NEWLEADER a second time, which has no effect", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "durable 1:1"]);
    expect(leaderTranscript(leader, "2 ack 1:0")).toBe("2 ack 1:0");
    expect(leaderTranscript(leader, "2 ack 1:1")).toContain("send to 2 commit 1:1");
  });
});

describe("a leader that is not established", () => {
  it("synchronizes no learner because records were applied", () => {
    const leader = leaderAfter(TO_ESTABLISHED.slice(0, 5));
    expect([leader.phase, leaderTranscript(leader, "applied 0:0")]).toEqual(["storingEpoch", "applied 0:0"]);
  });

  it("sends its whole history, which is committed when a quorum has it", () => {
    const leader = leaderAfter(TO_ESTABLISHED.slice(0, 5), {}, "0:1 0:2");
    expect(
      leaderTranscript(leader, "durable 0:2", "currentEpochStored", "3 learnerInfo 0", "3 ackEpoch 0 -1", "3 ack 1:0"),
    ).toMatchInlineSnapshot(`
      "durable 0:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          sync learner=2 diff 0:0 0:2
          send to 2 newLeader 1:0 v0:0
      3 learnerInfo 0
          send to 3 leaderInfo epoch=1
      3 ackEpoch 0 -1
          sync learner=3 snap 0:2
          send to 3 newLeader 1:0 v0:0
      3 ack 1:0
          commit 0:2
          serve epoch=1
          send to 3 upToDate"
    `);
  });

  it("synchronizes no learner that has not promised the epoch", () => {
    const leader = leaderAfter([...TO_ESTABLISHED.slice(0, 4), "3 learnerInfo 0", ...TO_ESTABLISHED.slice(4, 5)]);
    expect(leaderTranscript(leader, "currentEpochStored", "3 ackEpoch 0 0:0")).toMatchInlineSnapshot(`
      "currentEpochStored
          sync learner=2 diff 0:0 0:0
          send to 2 newLeader 1:0 v0:0
      3 ackEpoch 0 0:0
          sync learner=3 diff 0:0 0:0
          send to 3 newLeader 1:0 v0:0"
    `);
  });

  it("synchronizes no learner before its own current epoch is on disk", () => {
    const leader = leaderAfter([...TO_ESTABLISHED.slice(0, 5), "3 learnerInfo 0"]);
    expect(leaderTranscript(leader, "3 ackEpoch 0 0:0", "currentEpochStored")).toMatchInlineSnapshot(`
      "3 ackEpoch 0 0:0
      currentEpochStored
          sync learner=2 diff 0:0 0:0
          send to 2 newLeader 1:0 v0:0
          sync learner=3 diff 0:0 0:0
          send to 3 newLeader 1:0 v0:0"
    `);
  });

  it("does not count learners that have left", () => {
    const leader = leaderAfter([...TO_ESTABLISHED.slice(0, 6), "2 gone"]);
    expect(leaderTranscript(leader, "2 ack 1:0", "3 learnerInfo 0", "3 ackEpoch 0 0:0")).toMatchInlineSnapshot(`
      "2 ack 1:0
          disconnect learner=2 it sent ack in the state unknown
      3 learnerInfo 0
          send to 3 leaderInfo epoch=1
      3 ackEpoch 0 0:0
          sync learner=3 diff 0:0 0:0
          send to 3 newLeader 1:0 v0:0"
    `);
    expect(leader.phase).toBe("synchronizing");
  });

  it("is not established by observers and servers that are no members", () => {
    const lines = [
      "4 learnerInfo 0 observer",
      "7 learnerInfo 0",
      "4 ackEpoch 0 0:0",
      "7 ackEpoch 0 0:0",
      "4 ack 1:0",
      "7 ack 1:0",
    ];
    const leader = leaderAfter([...TO_ESTABLISHED.slice(0, 6), ...lines]);
    expect(leader.phase).toBe("synchronizing");
    expect(leaderTranscript(leader, "2 ack 1:0")).toMatchInlineSnapshot(`
      "2 ack 1:0
          commit 0:0
          serve epoch=1
          send to 2 upToDate
          send to 4 upToDate
          send to 7 upToDate"
    `);
  });

  it("accepts no proposal", () => {
    for (let count = TO_ESTABLISHED.length - 1; count >= 0; count--) {
      expect(leaderTranscript(leaderAfter(TO_ESTABLISHED.slice(0, count)), "propose 1:1")).toBe("propose 1:1");
    }
  });
});
