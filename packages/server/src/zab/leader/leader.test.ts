import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";

describe("a leader with an empty history", () => {
  it("chooses an epoch, synchronizes a quorum, and serves, each step after the disk operation before it", () => {
    const leader = leaderAfter([]);
    expect(leaderTranscript(leader, ...TO_ESTABLISHED)).toMatchInlineSnapshot(`
      "start
          flush 0:0
      durable 0:0
      2 learnerInfo 0
          storeAcceptedEpoch epoch=1
      acceptedEpochStored
          send to 2 leaderInfo epoch=1
      2 ackEpoch 0 0:0
          storeCurrentEpoch epoch=1
      currentEpochStored
          sync learner=2 diff 0:0 0:0
          send to 2 newLeader 1:0 v0:0
      2 ack 1:0
          commit 0:0
          serve epoch=1
          send to 2 upToDate"
    `);
    expect([leader.phase, leader.epoch, leader.nextZxid]).toEqual(["broadcasting", 1, 0x1_0000_0001n]);
  });

  it("commits a proposal when a quorum has it on disk", () => {
    const leader = leaderAfter(TO_ESTABLISHED);
    expect(
      leaderTranscript(
        leader,
        "propose 1:1",
        "propose 1:2",
        "2 ack 1:1",
        "durable 1:1",
        "2 ack 1:2",
        "durable 1:2",
        "applied 1:2",
      ),
    ).toMatchInlineSnapshot(`
      "propose 1:1
          send to 2 proposal 1:1
          append 1:1
          flush 1:1
      propose 1:2
          send to 2 proposal 1:2
          append 1:2
          flush 1:2
      2 ack 1:1
      durable 1:1
          send to 2 commit 1:1
          commit 1:1
      2 ack 1:2
      durable 1:2
          send to 2 commit 1:2
          commit 1:2
      applied 1:2"
    `);
  });

  it("is a quorum by itself in an ensemble of one", () => {
    const leader = leaderAfter([], { configurations: new QuorumSet(configuration("0:0", [1])) });
    const lines = [
      "start",
      "durable 0:0",
      "acceptedEpochStored",
      "durable 0:0",
      "currentEpochStored",
      "propose 1:1",
      "durable 1:1",
    ];
    expect(leaderTranscript(leader, ...lines)).toMatchInlineSnapshot(`
      "start
          flush 0:0
          storeAcceptedEpoch epoch=1
      durable 0:0
      acceptedEpochStored
          storeCurrentEpoch epoch=1
      durable 0:0
      currentEpochStored
          commit 0:0
          serve epoch=1
      propose 1:1
          append 1:1
          flush 1:1
      durable 1:1
          commit 1:1"
    `);
  });
});

describe("the epoch", () => {
  it("is greater than each that a learner has accepted", () => {
    const leader = leaderAfter(["start", "4 learnerInfo 9 observer"], { acceptedEpoch: 7, currentEpoch: 5 });
    expect(leaderTranscript(leader, "2 learnerInfo 8")).toMatchInlineSnapshot(`
      "2 learnerInfo 8
          storeAcceptedEpoch epoch=10"
    `);
  });

  it("is proposed to no learner before it is on disk, and then also to those that come later", () => {
    const leader = leaderAfter(["start", "2 learnerInfo 0"]);
    expect(
      leaderTranscript(leader, "3 learnerInfo 0", "acceptedEpochStored", "4 learnerInfo 0 observer"),
    ).toMatchInlineSnapshot(`
      "3 learnerInfo 0
      acceptedEpochStored
          send to 2, 3 leaderInfo epoch=1
      4 learnerInfo 0 observer
          send to 4 leaderInfo epoch=1"
    `);
  });

  it.each([
    ["a voter", "3 learnerInfo 2", "end outdated-epoch server 3 has accepted the later epoch 2"],
    ["an observer", "4 learnerInfo 2 observer", "end outdated-epoch server 4 has accepted the later epoch 2"],
    ["no member", "5 learnerInfo 2 observer", "disconnect learner=5 server 5 has accepted the later epoch 2"],
  ])("cannot be followed by %s that has accepted a later one, and ends for a member", (_, event, effect) => {
    expect(leaderTranscript(leaderAfter(TO_ESTABLISHED), event)).toBe(`${event}\n    ${effect}`);
  });

  it("can be followed by a learner that has accepted the same one from another candidate", () => {
    expect(leaderTranscript(leaderAfter(TO_ESTABLISHED), "13 learnerInfo 1")).toMatchInlineSnapshot(`
      "13 learnerInfo 1
          send to 13 leaderInfo epoch=1"
    `);
  });

  it("ends before the leader is established if a member has accepted a later one", () => {
    const leader = leaderAfter(["start", "2 learnerInfo 0"]);
    expect(leaderTranscript(leader, "3 learnerInfo 2")).toContain("end outdated-epoch");
  });

  it("ends the leader if there is none left", () => {
    expect(leaderTranscript(leaderAfter(["start"]), `2 learnerInfo ${0x7fff_fffe}`)).toContain(
      "storeAcceptedEpoch epoch=2147483647",
    );
    expect(leaderTranscript(leaderAfter(["start"]), `2 learnerInfo ${0x7fff_ffff}`)).toContain(
      "end epochs-exhausted a server has accepted epoch 2147483647, which is the last one",
    );
  });

  it.each([
    ["an observer", "4 learnerInfo 0 observer", "4 ackEpoch 0 0:0"],
    ["a voter that has connected as an observer", "3 learnerInfo 0 observer", "3 ackEpoch 0 0:0"],
    ["a server that is no member", "7 learnerInfo 0", "7 ackEpoch 0 0:0"],
  ])("is not chosen, and not stored, by the help of %s", (_, info, ack) => {
    const leader = leaderAfter(["start", "durable 0:0"]);
    expect(leaderTranscript(leader, info)).toBe(info);
    const accepted = leaderAfter([...TO_ESTABLISHED.slice(0, 4), info]);
    expect(leaderTranscript(accepted, ack)).toBe(ack);
  });

  it.each([
    ["had accepted it before", "2 ackEpoch - 0:0"],
    ["has lost its history", "2 ackEpoch 0 -1"],
  ])("is not stored by the help of a voter that %s, which is synchronized nevertheless", (_, ack) => {
    const leader = leaderAfter(TO_ESTABLISHED.slice(0, 4));
    expect(leaderTranscript(leader, ack)).toBe(ack);
    leaderTranscript(leader, "3 learnerInfo 0", "3 ackEpoch 0 0:0");
    expect(leaderTranscript(leader, "currentEpochStored")).toContain("sync learner=2");
  });

  it("is not stored before the leader's own history is on disk", () => {
    const leader = leaderAfter(["start", "2 learnerInfo 0", "acceptedEpochStored"], {}, "0:1");
    expect(leaderTranscript(leader, "2 ackEpoch 0 0:0", "durable 0:0", "durable 0:1")).toMatchInlineSnapshot(`
      "2 ackEpoch 0 0:0
      durable 0:0
      durable 0:1
          storeCurrentEpoch epoch=1"
    `);
  });
});

describe("a learner that is ahead", () => {
  const LINES = ["start", "durable 1:3", "2 learnerInfo 1", "4 learnerInfo 1 observer", "acceptedEpochStored"];
  const OPTIONS = { acceptedEpoch: 1, currentEpoch: 1 };
  const RECORDS = "1:1 1:2 1:3";

  it.each([["2 ackEpoch 1 1:4"], ["2 ackEpoch 2 0:0"]])("ends the leader if it is a voter: %s", (ack) => {
    const leader = leaderAfter(LINES, OPTIONS, RECORDS);
    expect(leaderTranscript(leader, ack)).toContain("end behind");
    expect(leader.phase).toBe("ended");
  });

  it("is disconnected if it has no vote", () => {
    const leader = leaderAfter(LINES, OPTIONS, RECORDS);
    expect(leaderTranscript(leader, "4 ackEpoch 1 1:4")).toMatchInlineSnapshot(`
      "4 ackEpoch 1 1:4
          disconnect learner=4 server 4 has 0x100000004 and is ahead of this server's 0x100000003"
    `);
  });

  it.each([
    ["a voter that has connected as an observer", 3, "observer"],
    ["a server that is no member", 7, "follower"],
  ])("is disconnected if it has no vote here: %s", (_, id, role) => {
    const leader = leaderAfter([...LINES, `${id} learnerInfo 1 ${role}`], OPTIONS, RECORDS);
    expect(leaderTranscript(leader, `${id} ackEpoch 1 1:4`)).toContain(`disconnect learner=${id} server ${id} has`);
    expect(leader.phase).toBe("collectingEpochAcks");
  });

  it("is synchronized if it comes after a quorum, since its records were not committed", () => {
    const lines = [...LINES, "2 ackEpoch 1 1:3", "currentEpochStored", "3 learnerInfo 1"];
    expect(leaderTranscript(leaderAfter(lines, OPTIONS, RECORDS), "3 ackEpoch 1 1:4")).toMatchInlineSnapshot(`
      "3 ackEpoch 1 1:4
          sync learner=3 trunc 1:3 1:3
          send to 3 newLeader 2:0 v0:0"
    `);
  });

  it("may have a later zxid if its current epoch is lower", () => {
    const leader = leaderAfter(LINES, OPTIONS, RECORDS);
    expect(leaderTranscript(leader, "2 ackEpoch 0 1:4")).toContain("storeCurrentEpoch");
  });
});

describe("a connection", () => {
  it("is refused if its server has the leader's id, or a newer configuration", () => {
    const leader = leaderAfter(["start"]);
    expect(leaderTranscript(leader, "11 learnerInfo 0", "2 learnerInfo 0 1:2")).toMatchInlineSnapshot(`
      "11 learnerInfo 0
          disconnect learner=11 it has the id of this server, 1
      2 learnerInfo 0 1:2
          disconnect learner=2 its configuration 0x100000002 is newer"
    `);
  });

  it("replaces the earlier one of the same server", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "2 ack 1:1"]);
    expect(leaderTranscript(leader, "12 learnerInfo 1", "2 ack 1:1", "durable 1:1")).toMatchInlineSnapshot(`
      "12 learnerInfo 1
          disconnect learner=2 server 2 has connected again
          send to 12 leaderInfo epoch=1
      2 ack 1:1
          disconnect learner=2 it sent ack in the state unknown
      durable 1:1"
    `);
  });

  it("that sends something at the wrong moment is closed", () => {
    expect(leaderTranscript(leaderAfter(["start"]), "2 ack 1:0", "3 ackEpoch 0 0:0", "2 gone")).toMatchInlineSnapshot(`
      "2 ack 1:0
          disconnect learner=2 it sent ack in the state unknown
      3 ackEpoch 0 0:0
          disconnect learner=3 it sent ackEpoch in the state unknown
      2 gone"
    `);
    const leader = leaderAfter(TO_ESTABLISHED);
    expect(leaderTranscript(leader, "2 ackEpoch 0 0:0")).toContain(
      "disconnect learner=2 it sent ackEpoch in the state upToDate",
    );
  });

  it("that acknowledges a proposal that it was not sent is closed", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1"]);
    expect(leaderTranscript(leader, "2 ack 1:2")).toMatchInlineSnapshot(`
      "2 ack 1:2
          disconnect learner=2 it acknowledged 0x100000002, which it was not sent"
    `);
  });
});

describe("the end of a leader", () => {
  it.each(TO_ESTABLISHED.map((_, count) => [TO_ESTABLISHED.slice(0, count + 1)]))(
    "after %s comes with a failed disk, and has no effects after it",
    (lines) => {
      const leader = leaderAfter(lines);
      expect(leaderTranscript(leader, "storageFailed")).toContain("end storage-failed the disk failed: EIO");
      const later = [
        "2 ack 1:0",
        "durable 1:1",
        "currentEpochStored",
        "propose 1:1",
        "tick 99999",
        "3 learnerInfo 0",
        "handOver",
      ];
      for (const each of later) expect(leaderTranscript(leader, each)).toBe(each);
    },
  );

  it("comes when the epoch has no more zxids", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "propose 1:2"], { largestCounter: 3 });
    expect(leaderTranscript(leader, "propose 1:3")).toMatchInlineSnapshot(`
      "propose 1:3
          end counter-exhausted epoch 1 has no more zxids"
    `);
  });

  it("comes with a proposal that does not follow the last one", () => {
    expect(leaderTranscript(leaderAfter(TO_ESTABLISHED), "propose 1:2")).toMatchInlineSnapshot(`
      "propose 1:2
          end invalid-proposal record 0x100000002 follows 0x0"
    `);
  });

  it("comes after a request to hand over, when all proposals are committed", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1"]);
    expect(
      leaderTranscript(leader, "handOver", "propose 1:2", "3 learnerInfo 0", "2 ack 1:1", "durable 1:1"),
    ).toMatchInlineSnapshot(`
      "handOver
      propose 1:2
      3 learnerInfo 0
          disconnect learner=3 this leader accepts no more learners
      2 ack 1:1
      durable 1:1
          send to 2 commit 1:1
          commit 1:1
          end handed-over all proposals are committed"
    `);
  });

  it("comes at once after a request to hand over if nothing is outstanding, or nothing was established", () => {
    expect(leaderTranscript(leaderAfter(TO_ESTABLISHED), "handOver")).toContain("end handed-over");
    expect(leaderTranscript(leaderAfter(["start"]), "handOver")).toContain("end handed-over");
  });

  it("does not wait longer than the limit for the last commits", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "handOver", "tick 5000"]);
    expect(leaderTranscript(leader, "tick 5001")).toContain("end handed-over");
  });
});
