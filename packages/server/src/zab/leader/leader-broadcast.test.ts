import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";

/** An established leader with the followers 2 and 3 and the observer 4. */
const TO_FULL = [
  ...TO_ESTABLISHED,
  "3 learnerInfo 0",
  "3 ackEpoch 0 0:0",
  "3 ack 1:0",
  "4 learnerInfo 0 observer",
  "4 ackEpoch 0 0:0",
  "4 ack 1:0",
];

/** An established leader of five voters with the followers 2 and 3 and the observer 4. */
const TO_FIVE = [
  ...["start", "durable 0:0", "2 learnerInfo 0", "3 learnerInfo 0", "acceptedEpochStored"],
  ...["2 ackEpoch 0 0:0", "3 ackEpoch 0 0:0", "currentEpochStored", "2 ack 1:0", "3 ack 1:0"],
  ...["4 learnerInfo 0 observer", "4 ackEpoch 0 0:0", "4 ack 1:0"],
];

describe("a proposal", () => {
  it("is sent to followers before the leader's own flush, and to observers when it is committed", () => {
    expect(leaderTranscript(leaderAfter(TO_FULL), "propose 1:1", "3 ack 1:1", "2 ack 1:1")).toMatchInlineSnapshot(`
      "propose 1:1
          send to 2, 3 proposal 1:1
          append 1:1
          flush 1:1
      3 ack 1:1
      2 ack 1:1
          send to 2, 3 commit 1:1
          send to 4 inform 1:1
          commit 1:1"
    `);
  });

  it("is committed together with those before it by one acknowledgement", () => {
    const leader = leaderAfter([...TO_FULL, "propose 1:1", "propose 1:2", "propose 1:3"]);
    expect(leaderTranscript(leader, "durable 1:3", "2 ack 1:2")).toMatchInlineSnapshot(`
      "durable 1:3
      2 ack 1:2
          send to 2, 3 commit 1:1
          send to 4 inform 1:1
          send to 2, 3 commit 1:2
          send to 4 inform 1:2
          commit 1:2"
    `);
  });

  it.each([
    ["an observer", "4 ack 1:1"],
    ["a server that is no member", "7 ack 1:1"],
    ["the same follower again", "2 ack 1:1"],
  ])("is not committed by the acknowledgement of %s", (_, ack) => {
    const five = new QuorumSet(configuration("0:0", [1, 2, 3, 5, 6], [4]));
    const lines = ["7 learnerInfo 0", "7 ackEpoch 0 0:0", "7 ack 1:0", "propose 1:1", "durable 1:1", "2 ack 1:1"];
    const leader = leaderAfter([...TO_ESTABLISHED.slice(0, 3), ...TO_FULL.slice(7, 8), ...TO_ESTABLISHED.slice(3, 5)], {
      configurations: five,
    });
    for (const line of [
      "3 ackEpoch 0 0:0",
      "currentEpochStored",
      "2 ack 1:0",
      "3 ack 1:0",
      ...TO_FULL.slice(-3),
      ...lines,
    ]) {
      leaderTranscript(leader, line);
    }
    expect(leader.phase).toBe("broadcasting");
    expect(leaderTranscript(leader, ack)).not.toContain("commit");
    expect(leaderTranscript(leader, "3 ack 1:1")).toContain("send to 2, 3, 7 commit 1:1");
  });

  it("that a follower acknowledged before it was disconnected is not counted", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "2 ack 1:1", "2 gone"]);
    expect(leaderTranscript(leader, "durable 1:1")).toBe("durable 1:1");
  });

  it("stays durable if the disk then reports an earlier record", () => {
    const leader = leaderAfter([...TO_FULL, "propose 1:1", "propose 1:2", "durable 1:2", "durable 1:1"]);
    expect(leaderTranscript(leader, "2 ack 1:2")).toContain("    commit 1:2");
  });

  it("is committed in zxid order, whatever the order of the acknowledgements", () => {
    const leader = leaderAfter([...TO_FULL, "propose 1:1", "propose 1:2"]);
    expect(leaderTranscript(leader, "3 ack 1:2", "2 ack 1:1", "durable 1:2")).toMatchInlineSnapshot(`
      "3 ack 1:2
      2 ack 1:1
          send to 2, 3 commit 1:1
          send to 4 inform 1:1
          commit 1:1
      durable 1:2
          send to 2, 3 commit 1:2
          send to 4 inform 1:2
          commit 1:2"
    `);
  });
});

describe("a sync request", () => {
  it("is answered once a quorum has answered a PING that was sent after it came", () => {
    expect(
      leaderTranscript(leaderAfter(TO_FULL), "2 syncRequested", "4 pong", "3 pong", "2 pong"),
    ).toMatchInlineSnapshot(`
      "2 syncRequested
          send to 2, 3 ping 0:0
      4 pong
      3 pong
          send to 2 sync
      2 pong"
    `);
  });

  it("of a client of the leader is answered in the same way, after the commit of what was proposed before", () => {
    const leader = leaderAfter([...TO_FULL, "propose 1:1"]);
    const lines = ["localSync", "durable 1:1", "3 pong", "2 ack 1:1", "localSync", "2 pong", "2 pong"];
    expect(leaderTranscript(leader, ...lines)).toMatchInlineSnapshot(`
      "localSync
          send to 2, 3 ping 1:1
      durable 1:1
      3 pong
      2 ack 1:1
          send to 2, 3 commit 1:1
          send to 4 inform 1:1
          commit 1:1
          localSynced
      localSync
          send to 2, 3 ping 1:1
      2 pong
      2 pong
          localSynced"
    `);
  });

  it("is not answered by the answer to an earlier PING", () => {
    expect(
      leaderTranscript(leaderAfter([...TO_FULL, "tick 1000"]), "2 syncRequested", "3 pong", "3 pong"),
    ).toMatchInlineSnapshot(`
      "2 syncRequested
          send to 2, 3 ping 0:0
      3 pong
      3 pong
          send to 2 sync"
    `);
  });

  it("shares a PING with all that come while another one is under way", () => {
    const leader = leaderAfter([...TO_FULL, "2 syncRequested"]);
    const lines = ["2 syncRequested", "3 syncRequested", "localSync", "3 pong", "2 pong", "3 pong"];
    expect(leaderTranscript(leader, ...lines)).toMatchInlineSnapshot(`
      "2 syncRequested
      3 syncRequested
      localSync
      3 pong
          send to 2 sync
          send to 2, 3 ping 0:0
      2 pong
      3 pong
          send to 2 sync
          send to 3 sync
          localSynced"
    `);
  });

  it("needs a quorum: the answers of a follower alone in five, or of an observer, are none", () => {
    const configurations = new QuorumSet(configuration("0:0", [1, 2, 3, 5, 6], [4]));
    const leader = leaderAfter(TO_FIVE, { configurations });
    expect(leaderTranscript(leader, "2 syncRequested", "2 pong", "4 pong", "3 pong")).toMatchInlineSnapshot(`
      "2 syncRequested
          send to 2, 3 ping 0:0
      2 pong
      4 pong
      3 pong
          send to 2 sync"
    `);
  });

  it("waits for a follower that connects later, if the one that was asked has gone", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "localSync", "2 gone"]);
    const lines = ["13 learnerInfo 1", "13 ackEpoch 0 0:0", "13 ack 1:0", "13 pong", "tick 500", "13 pong"];
    expect(leaderTranscript(leader, ...lines)).toMatchInlineSnapshot(`
      "13 learnerInfo 1
          send to 13 leaderInfo epoch=1
      13 ackEpoch 0 0:0
          sync learner=13 diff 0:0 0:0
          send to 13 newLeader 1:0 v0:0
      13 ack 1:0
          send to 13 upToDate
      13 pong
      tick 500
          send to 13 ping 0:0
      13 pong
          localSynced"
    `);
  });

  it("is answered after the commit of the last proposal of that moment, and before that of a later one", () => {
    const leader = leaderAfter([...TO_FULL, "propose 1:1"]);
    expect(
      leaderTranscript(
        leader,
        "2 syncRequested",
        "2 pong",
        "propose 1:2",
        "3 syncRequested",
        "4 syncRequested",
        "4 gone",
        "durable 1:2",
        "2 ack 1:1",
        "2 ack 1:2",
        "2 pong",
      ),
    ).toMatchInlineSnapshot(`
      "2 syncRequested
          send to 2, 3 ping 1:1
      2 pong
      propose 1:2
          send to 2, 3 proposal 1:2
          append 1:2
          flush 1:2
      3 syncRequested
          send to 2, 3 ping 1:2
      4 syncRequested
      4 gone
      durable 1:2
      2 ack 1:1
          send to 2, 3 commit 1:1
          commit 1:1
          send to 2 sync
      2 ack 1:2
          send to 2, 3 commit 1:2
          commit 1:2
      2 pong
          send to 3 sync
          send to 2, 3 ping 1:2"
    `);
  });

  it("is answered before the commit of a later record, which may be a later write of the same client", () => {
    const lines = ["propose 1:1", "2 syncRequested", "localSync", "propose 1:2", "durable 1:2"];
    expect(leaderTranscript(leaderAfter([...TO_FULL, ...lines]), "2 ack 1:2")).toMatchInlineSnapshot(`
      "2 ack 1:2
          send to 2, 3 commit 1:1
          send to 4 inform 1:1
          send to 2 sync
          commit 1:1
          localSynced
          send to 2, 3 commit 1:2
          send to 4 inform 1:2
          commit 1:2"
    `);
  });

  it("of a learner that is not up to date closes the connection", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "3 learnerInfo 0"]);
    expect(leaderTranscript(leader, "3 syncRequested")).toContain("disconnect learner=3");
  });
});

describe("time", () => {
  it.each([
    [1, "discovering"],
    [4, "collectingEpochAcks"],
    [6, "synchronizing"],
  ] as const)("ends a leader that has no quorum after %i steps, in the phase %s", (count, phase) => {
    const leader = leaderAfter(TO_ESTABLISHED.slice(0, count));
    expect(leaderTranscript(leader, "tick 10000")).toBe("tick 10000");
    expect(leader.phase).toBe(phase);
    expect(leaderTranscript(leader, "tick 10001")).toContain("end no-quorum");
  });

  it("gives each step its own limit", () => {
    const leader = leaderAfter(["start", "durable 0:0", "tick 9000", ...TO_ESTABLISHED.slice(2, 4)]);
    expect(leaderTranscript(leader, "tick 19000")).toBe("tick 19000");
    leaderTranscript(leader, ...TO_ESTABLISHED.slice(4));
    expect(leader.phase).toBe("broadcasting");
  });

  it("pings learners, disconnects a silent one, and continues with a quorum", () => {
    const leader = leaderAfter(TO_FULL);
    expect(
      leaderTranscript(leader, "tick 3000", "2 heard", "4 heard", "tick 5001", "tick 6000"),
    ).toMatchInlineSnapshot(`
      "tick 3000
          send to 2, 3, 4 ping 0:0
      2 heard
      4 heard
      tick 5001
          disconnect learner=3 it sent nothing for 5000 ms
          send to 2, 4 ping 0:0
      tick 6000
          send to 2, 4 ping 0:0"
    `);
    expect(leader.phase).toBe("broadcasting");
  });

  it("does not count while the leader's process did not run, but from then on", () => {
    const leader = leaderAfter([...TO_FULL, "tick 1000", "propose 1:1", "stalled 60000", "2 heard"]);
    expect(leaderTranscript(leader, "tick 61500", "tick 62000")).not.toContain("disconnect");
    expect(leaderTranscript(leader, "propose 1:2", "tick 65000")).not.toContain("disconnect");
    expect(leaderTranscript(leader, "tick 65001")).toContain("disconnect learner=3 it sent nothing for 5000 ms");
  });

  it("ends a leader that has heard of no quorum, at every second tick", () => {
    const leader = leaderAfter(TO_ESTABLISHED);
    expect(leaderTranscript(leader, "2 gone", "tick 1000", "tick 2000")).toMatchInlineSnapshot(`
      "2 gone
      tick 1000
      tick 2000
          end quorum-lost no quorum was heard of within 5000 ms"
    `);
  });

  it("counts a follower that is being synchronized among the quorum", () => {
    const leader = leaderAfter([
      ...TO_ESTABLISHED,
      "2 gone",
      "12 learnerInfo 1",
      "12 ackEpoch - 0:0",
      "tick 1000",
      "tick 2000",
    ]);
    expect(leader.phase).toBe("broadcasting");
  });

  it("disconnects a follower that answers but acknowledges no proposal", () => {
    const leader = leaderAfter([
      ...TO_FULL,
      "tick 1000",
      "propose 1:1",
      "tick 4000",
      "2 heard",
      "3 ack 1:1",
      "2 heard",
      "4 heard",
    ]);
    expect(leaderTranscript(leader, "tick 6000", "2 heard", "tick 6001")).toMatchInlineSnapshot(`
      "tick 6000
          send to 2, 3, 4 ping 1:1
      2 heard
      tick 6001
          disconnect learner=2 it acknowledged no proposal for 5000 ms
          send to 3, 4 ping 1:1"
    `);
  });

  it("is patient with a follower that acknowledges some of many proposals", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "propose 1:2", "tick 4000", "2 ack 1:1"]);
    expect(leaderTranscript(leader, "tick 8000")).not.toContain("disconnect");
    expect(leaderTranscript(leader, "2 ack 1:2", "tick 13000")).not.toContain("disconnect");
  });
});
