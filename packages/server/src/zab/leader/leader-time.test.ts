import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";

describe("the time limit of a leader", () => {
  it("without a quorum begins later if its process did not run", () => {
    const leader = leaderAfter(["start", "stalled 60000"]);
    expect(leaderTranscript(leader, "tick 70000", "tick 70001")).toMatchInlineSnapshot(`
      "tick 70000
      tick 70001
          end no-quorum there was no quorum in the phase discovering for 10000 ms"
    `);
  });

  it("for the last commits begins with the request to hand over", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "tick 4000", "2 heard", "propose 1:1", "handOver"]);
    expect(leaderTranscript(leader, "tick 9000", "tick 9001")).toMatchInlineSnapshot(`
      "tick 9000
          send to 2 ping 1:1
      tick 9001
          end handed-over not all proposals were committed within 5000 ms"
    `);
  });
});

describe("a request to hand over", () => {
  it("ends a leader at once that has nothing to hand over yet, or that was asked before", () => {
    expect(leaderTranscript(leaderAfter(["start"]), "handOver")).toMatchInlineSnapshot(`
      "handOver
          end handed-over this leader was asked to hand over"
    `);
    const leader = leaderAfter([...TO_ESTABLISHED, "propose 1:1", "handOver"]);
    expect(leader.phase).toBe("handingOver");
    expect(leaderTranscript(leader, "handOver")).toMatchInlineSnapshot(`
      "handOver
          end handed-over this leader was asked to hand over"
    `);
  });
});

describe("a leader that hands over", () => {
  it("takes no sync requests, because it has dropped what the same client may have written before", () => {
    const lines = [...TO_ESTABLISHED, "propose 1:1", "2 syncRequested", "handOver", "2 syncRequested", "localSync"];
    const leader = leaderAfter(lines);
    expect(leaderTranscript(leader, "2 ack 1:1", "durable 1:1")).toMatchInlineSnapshot(`
      "2 ack 1:1
      durable 1:1
          send to 2 commit 1:1
          commit 1:1
          end handed-over all proposals are committed"
    `);
  });
});

describe("the quorum of a serving leader", () => {
  it("does not have a follower that has connected and not promised the epoch", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "2 gone", "12 learnerInfo 1", "tick 1000"]);
    expect(leaderTranscript(leader, "tick 2000")).toMatchInlineSnapshot(`
      "tick 2000
          end quorum-lost no quorum was heard of within 5000 ms"
    `);
  });
});

describe("a ping", () => {
  it("is for learners that have the leader's history, not for one that only connects", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "3 learnerInfo 0"]);
    expect(leaderTranscript(leader, "tick 1000", "3 ackEpoch 0 0:0", "tick 2000")).toMatchInlineSnapshot(`
      "tick 1000
          send to 2 ping 0:0
      3 ackEpoch 0 0:0
          sync learner=3 diff 0:0 0:0
          send to 3 newLeader 1:0 v0:0
      tick 2000
          send to 2, 3 ping 0:0"
    `);
  });
});
