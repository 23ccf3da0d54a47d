import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript } from "../../../test-support/zab/leader-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";
import type { LeaderOptions } from "./leader-options.js";

const RECONFIG: Partial<LeaderOptions> = { reconfigEnabled: true };
/** Server 1 leads 2 and 3; the initial configuration has the version of the epoch. */
const LINES = [
  "start",
  "durable 0:0",
  "2 learnerInfo 0",
  "acceptedEpochStored",
  "seenConfigurationStored",
  "2 ackEpoch 0 0:0",
  "currentEpochStored",
  "2 ack 1:0",
  "3 learnerInfo 0",
  "3 ackEpoch 0 0:0",
  "3 ack 1:0",
  "propose 1:1",
  "durable 1:1",
  "2 ack 1:1",
];
const JOIN_5 = ["5 learnerInfo 0", "5 ackEpoch 0 0:0", "5 ack 1:0"];

describe("the initial configuration", () => {
  it("gets the epoch as its version, which is stored before the epoch is proposed", () => {
    expect(leaderTranscript(leaderAfter([], RECONFIG), ...LINES.slice(0, 8))).toMatchInlineSnapshot(`
      "start
          flush 0:0
      durable 0:0
      2 learnerInfo 0
          storeAcceptedEpoch epoch=1
          storeSeenConfiguration v1:0
      acceptedEpochStored
      seenConfigurationStored
          send to 2 leaderInfo epoch=1
      2 ackEpoch 0 0:0
          storeCurrentEpoch epoch=1
      currentEpochStored
          sync learner=2 diff 0:0 0:0
          send to 2 newLeader 1:0 v1:0
      2 ack 1:0
          commit 0:0
          activateConfiguration v1:0 designatedLeader=1
          serve epoch=1
          send to 2 upToDate"
    `);
  });

  it("keeps a version that it has", () => {
    const configurations = new QuorumSet(configuration("0:7", [1, 2, 3]));
    const leader = leaderAfter(["start"], { ...RECONFIG, configurations });
    expect(leaderTranscript(leader, "2 learnerInfo 0")).not.toContain("storeSeenConfiguration");
  });
});

describe("the initial configuration that was to be replaced", () => {
  it("keeps its version, so that the reconfiguration of the earlier leader is completed", () => {
    const configurations = new QuorumSet(configuration("0:0", [1, 2, 3]), configuration("0:2", [1, 2, 5]));
    const leader = leaderAfter(["start", "2 learnerInfo 0"], { ...RECONFIG, configurations }, "0:1 0:2");
    expect(leaderTranscript(leader, "3 learnerInfo 0")).toBe("3 learnerInfo 0");
    expect(leader.configurations.lastSeen).toStrictEqual(configurations.lastSeen);
  });
});

describe("a reconfiguration", () => {
  it("that adds a server is committed by a quorum of the old and of the new configuration", () => {
    const leader = leaderAfter([...LINES, ...JOIN_5], RECONFIG);
    expect(
      leaderTranscript(
        leader,
        "propose 1:2 added",
        "propose 1:3",
        "durable 1:3",
        "2 ack 1:3",
        "seenConfigurationStored",
        "5 ack 1:3",
      ),
    ).toMatchInlineSnapshot(`
      "propose 1:2 added
          storeSeenConfiguration v1:2
          send to 2, 3, 5 proposal reconfig 1:2
          append reconfig 1:2
          flush 1:2
      propose 1:3
          send to 2, 3, 5 proposal 1:3
          append 1:3
          flush 1:3
      durable 1:3
      2 ack 1:3
      seenConfigurationStored
      5 ack 1:3
          commit 1:2
          send to 2, 3, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1
          send to 2, 3, 5 commit 1:3
          commit 1:3"
    `);
  });

  it("is not committed by the leader's own copy before its configuration is on disk", () => {
    const leader = leaderAfter([...LINES, ...JOIN_5, "propose 1:2 added"], RECONFIG);
    expect(
      leaderTranscript(leader, "durable 1:2", "2 ack 1:2", "5 ack 1:2", "seenConfigurationStored"),
    ).toMatchInlineSnapshot(`
      "durable 1:2
      2 ack 1:2
      5 ack 1:2
      seenConfigurationStored
          commit 1:2
          send to 2, 3, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it("commits no earlier record by the quorum of the new configuration", () => {
    const leader = leaderAfter([...LINES.slice(0, 11), ...JOIN_5, "propose 1:1"], RECONFIG);
    const lines = ["propose 1:2 three", "seenConfigurationStored", "durable 1:2", "5 ack 1:2"];
    expect(leaderTranscript(leader, ...lines)).not.toContain("    commit");
    expect(leaderTranscript(leader, "3 ack 1:2")).toMatchInlineSnapshot(`
      "3 ack 1:2
          send to 2, 3, 5 commit 1:1
          commit 1:2
          send to 2, 3, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it("is committed after the answer to a sync request that came before it", () => {
    const leader = leaderAfter([...LINES, ...JOIN_5, "2 syncRequested", "propose 1:2 added"], RECONFIG);
    leaderTranscript(leader, "seenConfigurationStored", "durable 1:2", "2 ack 1:2");
    expect(leaderTranscript(leader, "5 ack 1:2")).toMatchInlineSnapshot(`
      "5 ack 1:2
          send to 2 sync
          commit 1:2
          send to 2, 3, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it("that replaces a server is not committed by a quorum of the old configuration alone", () => {
    const leader = leaderAfter(
      [...LINES, ...JOIN_5, "3 ack 1:1", "propose 1:2 three", "seenConfigurationStored"],
      RECONFIG,
    );
    expect(leaderTranscript(leader, "3 ack 1:2", "durable 1:2", "5 ack 1:2")).toMatchInlineSnapshot(`
      "3 ack 1:2
      durable 1:2
      5 ack 1:2
          commit 1:2
          send to 2, 3, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it("is held for a learner that is not up to date yet, with everything after it", () => {
    const lines = ["3 gone", "13 learnerInfo 1", "13 ackEpoch - 0:0", "4 learnerInfo 0 observer", "4 ackEpoch 0 0:0"];
    const leader = leaderAfter(
      [...LINES, ...lines, ...JOIN_5, "propose 1:2 added", "seenConfigurationStored"],
      RECONFIG,
    );
    expect(
      leaderTranscript(
        leader,
        "durable 1:2",
        "2 ack 1:2",
        "5 ack 1:2",
        "propose 1:3",
        "durable 1:3",
        "2 ack 1:3",
        "5 ack 1:3",
        "13 ack 1:0",
        "4 ack 1:0",
      ),
    ).toMatchInlineSnapshot(`
      "durable 1:2
      2 ack 1:2
      5 ack 1:2
          commit 1:2
          send to 2, 5 commitAndActivate 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1
      propose 1:3
          send to 2, 13, 5 proposal 1:3
          append 1:3
          flush 1:3
      durable 1:3
      2 ack 1:3
      5 ack 1:3
          send to 2, 5 commit 1:3
          commit 1:3
      13 ack 1:0
          send to 13 upToDate
          send to 13 commitAndActivate 1:2 designatedLeader=1
          send to 13 commit 1:3
      4 ack 1:0
          send to 4 upToDate
          send to 4 informAndActivate reconfig 1:2 designatedLeader=1
          send to 4 inform 1:3"
    `);
  });

  it("is in no NEWLEADER before it is committed", () => {
    const leader = leaderAfter([...LINES, "propose 1:2 added"], RECONFIG);
    expect(leaderTranscript(leader, "5 learnerInfo 0", "5 ackEpoch 0 0:0")).toMatchInlineSnapshot(`
      "5 learnerInfo 0
          send to 5 leaderInfo epoch=1
      5 ackEpoch 0 0:0
          sync learner=5 diff 0:0 0:0
          send to 5 proposal 1:1
          send to 5 commit 1:1
          send to 5 proposal reconfig 1:2
          send to 5 newLeader 1:0 v1:0"
    `);
  });

  it("that removes the leader names the voter with the longest history, and nothing is committed after it", () => {
    const leader = leaderAfter(
      [...LINES, "propose 1:2 withoutLeader", "seenConfigurationStored", "propose 1:3"],
      RECONFIG,
    );
    expect(
      leaderTranscript(
        leader,
        "durable 1:3",
        "3 ack 1:3",
        "2 syncRequested",
        "2 ack 1:2",
        "2 ack 1:3",
        "propose 1:4",
        "2 gone",
        "3 gone",
        "tick 1000",
        "tick 2000",
      ),
    ).toMatchInlineSnapshot(`
      "durable 1:3
      3 ack 1:3
      2 syncRequested
          send to 2, 3 ping 1:3
      2 ack 1:2
          commit 1:2
          send to 2, 3 commitAndActivate 1:2 designatedLeader=3
          activateConfiguration v1:2 designatedLeader=3
      2 ack 1:3
      propose 1:4
      2 gone
      3 gone
      tick 1000
      tick 2000
          end reconfigured this server does not lead the new configuration, and the learners have left"
    `);
  });

  it("that removes the leader ends it even if the learners stay", () => {
    const leader = leaderAfter(
      [...LINES, "propose 1:2 withoutLeader", "seenConfigurationStored", "2 ack 1:2", "3 ack 1:2"],
      RECONFIG,
    );
    expect(leader.phase).toBe("resigned");
    expect(leaderTranscript(leader, "3 heard", "tick 5000", "tick 5001")).toContain("end reconfigured");
  });

  it("that removes the leader leaves it no more than the limit from then on, whatever its disk still does", () => {
    const lines = ["tick 1000", "2 heard", "3 heard", "propose 1:2 withoutLeader", "seenConfigurationStored"];
    const leader = leaderAfter([...LINES, ...lines, "2 ack 1:2", "3 ack 1:2"], RECONFIG);
    expect(leader.phase).toBe("resigned");
    leaderTranscript(leader, "tick 4000", "durable 1:2", "2 heard", "3 heard", "tick 6000", "2 heard", "3 heard");
    expect(leader.phase).toBe("resigned");
    expect(leaderTranscript(leader, "tick 6001")).toMatchInlineSnapshot(`
      "tick 6001
          end reconfigured this server does not lead the new configuration"
    `);
  });

  it("that removes the leader names a voter of the new configuration, though another server has more", () => {
    const lines = ["propose 1:2 withoutLeader", "seenConfigurationStored", "propose 1:3", "5 ack 1:3", "2 ack 1:2"];
    const leader = leaderAfter([...LINES, ...JOIN_5, ...lines], RECONFIG);
    expect(leaderTranscript(leader, "3 ack 1:2")).toContain("activateConfiguration v1:2 designatedLeader=2");
  });

  it("that was not committed by an earlier leader is completed when this one is established", () => {
    const configurations = new QuorumSet(configuration("1:0", [1, 2, 3]), configuration("1:2", [1, 2, 5]));
    const options = { ...RECONFIG, acceptedEpoch: 1, currentEpoch: 1, configurations };
    const leader = leaderAfter(["start", "durable 1:2", "3 learnerInfo 1", "2 learnerInfo 1"], options, "1:1 1:2");
    leaderTranscript(leader, "acceptedEpochStored", "3 ackEpoch 1 1:2", "2 ackEpoch 1 1:2", "currentEpochStored");
    expect(leaderTranscript(leader, "3 ack 2:0", "2 ack 2:0")).toMatchInlineSnapshot(`
      "3 ack 2:0
      2 ack 2:0
          commit 1:2
          activateConfiguration v1:2 designatedLeader=1
          serve epoch=2
          send to 3 upToDate
          send to 2 upToDate"
    `);
  });

  it("that was not committed by an earlier leader, and removes this one, is completed before it resigns", () => {
    const configurations = new QuorumSet(configuration("1:0", [1, 2, 3]), configuration("1:2", [2, 3]));
    const options = { ...RECONFIG, acceptedEpoch: 1, currentEpoch: 1, configurations };
    const leader = leaderAfter(["start", "durable 1:2", "3 learnerInfo 1", "2 learnerInfo 1"], options, "1:1 1:2");
    leaderTranscript(leader, "acceptedEpochStored", "3 ackEpoch 1 1:2", "2 ackEpoch 1 1:2", "currentEpochStored");
    expect(leaderTranscript(leader, "3 ack 2:0", "2 ack 2:0", "propose 2:1")).toMatchInlineSnapshot(`
      "3 ack 2:0
      2 ack 2:0
          commit 1:2
          activateConfiguration v1:2 designatedLeader=3
          send to 3 upToDate
          send to 2 upToDate
      propose 2:1"
    `);
  });

  it("needs a quorum of the proposed configuration for the leadership too", () => {
    const leader = leaderAfter([...LINES, "propose 1:2 withoutLeader", "3 gone", "tick 1000"], RECONFIG);
    expect(leaderTranscript(leader, "tick 2000")).toContain("end quorum-lost");
  });

  it.each([
    { name: "its text is invalid", problem: /0x100000002: .*nowhere/, lines: ["propose 1:2 invalid"] },
    {
      name: "its version is not its zxid",
      problem: /0x100000003: its configuration has the version 0x100000002$/,
      lines: ["propose 1:2", "propose 1:3 added"],
    },
    {
      name: "another one is not committed yet",
      problem: /0x100000003: it came before 0x100000002 was committed$/,
      lines: ["propose 1:2 added", "propose 1:3 three"],
    },
  ])("ends the leader if $name", ({ problem, lines }) => {
    const text = leaderTranscript(leaderAfter(LINES, RECONFIG), ...lines);
    expect(text).toMatch(/ {4}end invalid-proposal reconfiguration /);
    expect(text).toMatch(problem);
  });
});
