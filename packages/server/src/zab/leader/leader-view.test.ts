import { describe, expect, it } from "vitest";
import { leaderAfter, leaderTranscript, TO_ESTABLISHED } from "../../../test-support/zab/leader-transcript.js";
import { configuration, zxid } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";

describe("a leader shows", () => {
  it("the zxid of the next proposal, only while it takes proposals", () => {
    const leader = leaderAfter(TO_ESTABLISHED.slice(0, -1));
    expect(leader.nextZxid).toBeUndefined();
    leaderTranscript(leader, "2 ack 1:0");
    expect(leader.nextZxid).toBe(zxid("1:1"));
    leaderTranscript(leader, "propose 1:1");
    expect(leader.nextZxid).toBe(zxid("1:2"));
    leaderTranscript(leader, "handOver");
    expect(leader.nextZxid).toBeUndefined();
  });

  it("the connections of its learners", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "13 learnerInfo 0 observer"]);
    expect(leader.learners.map(({ learner, id, state }) => [learner, id, state])).toStrictEqual([
      [2, 2n, "upToDate"],
      [13, 3n, "proposed"],
    ]);
  });

  it("how many sync requests wait for their answer", () => {
    const leader = leaderAfter([...TO_ESTABLISHED, "2 syncRequested", "localSync"]);
    expect(leader.pendingSyncs).toBe(2);
    leaderTranscript(leader, "2 pong");
    expect(leader.pendingSyncs).toBe(1);
  });

  it("the configuration that counts, without one that it must ignore", () => {
    const [active, proposed] = [configuration("0:1", [1, 2, 3]), configuration("0:2", [1, 2])];
    const configurations = new QuorumSet(active, proposed);
    const shown = (reconfigEnabled: boolean) => leaderAfter([], { configurations, reconfigEnabled }).configurations;
    expect(shown(true).configurations).toStrictEqual([active, proposed]);
    expect(shown(false).configurations).toStrictEqual([active]);
  });

  it("if a quorum of a configuration has its history, itself among them", () => {
    const joint = configuration("1:2", [1, 3, 5]);
    const leader = leaderAfter([...TO_ESTABLISHED, "5 learnerInfo 0", "5 ackEpoch 0 0:0"]);
    expect(leader.isSynchronizedQuorum(configuration("0:0", [1, 2, 3]))).toBe(true);
    expect(leader.isSynchronizedQuorum(joint)).toBe(false);
    leaderTranscript(leader, "5 ack 1:0");
    expect(leader.isSynchronizedQuorum(joint)).toBe(true);
  });
});
