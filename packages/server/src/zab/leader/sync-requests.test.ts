import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";

const TO_THREE = [...TO_ESTABLISHED, "3 learnerInfo 0", "3 ackEpoch 0 0:0", "3 ack 1:0"];

describe("the proof that a leader still leads", () => {
  it("needs no other server in an ensemble of one", () => {
    const configurations = new QuorumSet(configuration("0:0", [1]));
    const lines = ["start", "durable 0:0", "acceptedEpochStored", "currentEpochStored"];
    expect(leaderTranscript(leaderAfter(lines, { configurations }), "localSync")).toMatchInlineSnapshot(`
      "localSync
          localSynced"
    `);
  });

  it.each([
    ["is no answer to a PING that was not sent", ["3 ack 1:0", "3 pong"]],
    [
      "does not wait for the answer to a PING from before UPTODATE, which learners do not answer",
      ["tick 1000", "3 ack 1:0"],
    ],
  ])("%s", (_, lines) => {
    const leader = leaderAfter([...TO_THREE.slice(0, -1), ...lines]);
    expect(leaderTranscript(leader, "localSync", "3 pong")).toMatchInlineSnapshot(`
      "localSync
          send to 2, 3 ping 0:0
      3 pong
          localSynced"
    `);
  });

  it.each([
    ["a follower that is not up to date", ["3 learnerInfo 0", "3 ackEpoch 0 0:0"]],
    ["a voter that has connected as an observer", ["3 learnerInfo 0 observer", "3 ackEpoch 0 0:0", "3 ack 1:0"]],
    ["a server that is no voter", ["7 learnerInfo 0", "7 ackEpoch 0 0:0", "7 ack 1:0"]],
  ])("is not asked of %s", (_, lines) => {
    expect(leaderTranscript(leaderAfter([...TO_ESTABLISHED, ...lines]), "localSync")).toBe(
      "localSync\n    send to 2 ping 0:0",
    );
  });
});

it("a sync request of a learner that has gone is not answered", () => {
  const leader = leaderAfter([...TO_THREE, "2 syncRequested", "2 gone"]);
  expect(leaderTranscript(leader, "3 pong")).toBe("3 pong");
  expect(leader.pendingSyncs).toBe(0);
});

describe("a leader that resigns", () => {
  const options = { configurations: new QuorumSet(configuration("0:1", [1, 2, 3])), reconfigEnabled: true };
  const lines = [...TO_THREE, "propose 1:1", "propose 1:2 withoutLeader", "seenConfigurationStored", "2 syncRequested"];

  it("answers, after the commit of the reconfiguration, a request that was proved before it", () => {
    const leader = leaderAfter([...lines, "2 pong", "3 pong", "3 ack 1:2"], options);
    expect(leaderTranscript(leader, "2 ack 1:2")).toMatchInlineSnapshot(`
      "2 ack 1:2
          send to 2, 3 commit 1:1
          commit 1:2
          send to 2, 3 commitAndActivate 1:2 designatedLeader=2
          activateConfiguration v1:2 designatedLeader=2
          send to 2 sync"
    `);
  });

  it("answers a request that is proved later, and takes no more", () => {
    const leader = leaderAfter([...lines, "3 ack 1:2", "2 ack 1:2"], options);
    expect(leader.phase).toBe("resigned");
    expect(leaderTranscript(leader, "2 pong", "3 syncRequested", "3 pong")).toMatchInlineSnapshot(`
      "2 pong
      3 syncRequested
      3 pong
          send to 2 sync"
    `);
  });
});
