import { describe, expect, it } from "vitest";
import {
  observerMaster,
  observerMasterAfter,
  observerMasterTranscript,
} from "../../../test-support/zab/observer-master-transcript.js";

/** Events that bring observer 4 up to date. */
const UP_TO_DATE = ["4 observerInfo 1", "4 ackEpoch 1:2", "4 ack 2:0"];

describe("an observer of a follower", () => {
  it("gets the epoch, the records that the leader has committed, and then each commit", () => {
    const lines = [...UP_TO_DATE, "proposed 2:4", "committed 2:3", "committed 2:4", "applied 2:4"];
    expect(observerMasterTranscript(observerMaster(), ...lines)).toMatchInlineSnapshot(`
      "4 observerInfo 1
          send to 4 leaderInfo epoch=2
      4 ackEpoch 1:2
          sync learner=4 diff 1:2 2:1
          send to 4 proposal 2:2
          send to 4 commit 2:2
          send to 4 newLeader 2:0 v0:0
      4 ack 2:0
          send to 4 upToDate
      proposed 2:4
      committed 2:3
          send to 4 inform 2:3
      committed 2:4
          send to 4 inform 2:4
      applied 2:4"
    `);
  });

  it("gets commits of the time of its synchronization after UPTODATE", () => {
    const master = observerMasterAfter("4 observerInfo 1", "4 ackEpoch 1:2");
    expect(observerMasterTranscript(master, "committed 2:3", "4 ack 2:0", "4 ack 2:0")).toMatchInlineSnapshot(`
      "committed 2:3
      4 ack 2:0
          send to 4 upToDate
          send to 4 inform 2:3
      4 ack 2:0"
    `);
  });

  it("waits with records of this epoch that the follower has not applied, and loses none of them", () => {
    const master = observerMasterAfter("4 observerInfo 2");
    const lines = ["4 ackEpoch 2:3", "applied 2:2", "committed 2:3", "applied 2:3"];
    expect(observerMasterTranscript(master, ...lines)).toMatchInlineSnapshot(`
      "4 ackEpoch 2:3
      applied 2:2
      committed 2:3
      applied 2:3
          sync learner=4 diff 2:3 2:3
          send to 4 newLeader 2:0 v0:0"
    `);
  });

  it("removes records of an earlier epoch that the leader does not have", () => {
    const master = observerMasterAfter("4 observerInfo 1");
    expect(observerMasterTranscript(master, "4 ackEpoch 1:3")).toMatchInlineSnapshot(`
      "4 ackEpoch 1:3
          sync learner=4 trunc 1:2 2:1
          send to 4 proposal 2:2
          send to 4 commit 2:2
          send to 4 newLeader 2:0 v0:0"
    `);
  });

  it("gets a snapshot for a lost history", () => {
    const master = observerMasterAfter("4 observerInfo 1");
    expect(observerMasterTranscript(master, "4 ackEpoch -1")).toContain("sync learner=4 snap 2:1");
  });

  it("learns of a reconfiguration with its commit, or with NEWLEADER", () => {
    const master = observerMasterAfter(...UP_TO_DATE, "committed 2:3", "proposed 2:4 second");
    const lines = ["committed 2:4 3", "configured second", "5 observerInfo 1", "5 ackEpoch 1:2"];
    expect(observerMasterTranscript(master, ...lines)).toMatchInlineSnapshot(`
      "committed 2:4 3
          send to 4 informAndActivate reconfig 2:4 designatedLeader=3
      configured second
      5 observerInfo 1
          send to 5 leaderInfo epoch=2
      5 ackEpoch 1:2
          sync learner=5 diff 1:2 2:1
          send to 5 proposal 2:2
          send to 5 commit 2:2
          send to 5 proposal 2:3
          send to 5 commit 2:3
          send to 5 proposal reconfig 2:4
          send to 5 commit 2:4
          send to 5 newLeader 2:0 v2:4"
    `);
  });

  it("is pinged, and disconnected when it is silent or late; a stall of this server does not count", () => {
    const master = observerMasterAfter(...UP_TO_DATE, "5 observerInfo 1");
    const lines = ["tick 5000", "stalled 3000", "tick 8000", "tick 8001", "tick 13001"];
    expect(observerMasterTranscript(master, ...lines)).toMatchInlineSnapshot(`
      "tick 5000
          send to 4 ping 2:2
      stalled 3000
      tick 8000
          send to 4 ping 2:2
      tick 8001
          disconnect learner=4 it sent nothing for 5000 ms
      tick 13001
          disconnect learner=5 it was not up to date within 10000 ms"
    `);
  });

  it("is not disconnected while it sends anything", () => {
    const master = observerMasterAfter(...UP_TO_DATE, "tick 5000", "4 heard");
    expect(observerMasterTranscript(master, "tick 10000")).not.toContain("disconnect");
  });

  it("gets nothing more when it is gone", () => {
    const master = observerMasterAfter(...UP_TO_DATE, "4 gone");
    expect(observerMasterTranscript(master, "committed 2:3", "tick 500")).toBe("committed 2:3\ntick 500");
  });
});

it.each([
  ["4 followerInfo 1", "it is no observer; followers follow the leader"],
  ["4 observerInfo 3", "it has accepted epoch 3, which is later than 2"],
  ["2 observerInfo 1", "it has the id of this server, 2"],
  ["4 observerInfo 1 1:7", "its configuration 0x100000007 is newer"],
  ["4 ack 2:0", "it sent ack in the state unknown"],
])("an observer master refuses %s: %s", (line, message) => {
  expect(observerMasterTranscript(observerMaster(), line)).toContain(`disconnect learner=${line[0]} ${message}`);
});

it("an observer master refuses an acknowledgement that no observer is asked for", () => {
  const transcript = observerMasterTranscript(observerMasterAfter(...UP_TO_DATE), "4 ack 2:3");
  expect(transcript).toContain("disconnect learner=4 it acknowledged 0x200000003, which no observer is asked for");
});

it("an observer master keeps the last connection of an observer", () => {
  const master = observerMasterAfter(...UP_TO_DATE);
  expect(observerMasterTranscript(master, "14 observerInfo 2")).toContain(
    "disconnect learner=4 server 4 has connected again",
  );
  expect(master.observers.map(({ learner }) => learner)).toEqual([14]);
});
