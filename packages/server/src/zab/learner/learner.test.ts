import { describe, expect, it } from "vitest";
import { learnerAfter, learnerTranscript, TO_BROADCAST } from "../../../test-support/zab/learner-transcript.js";

const TO_SYNC = TO_BROADCAST.slice(0, 3);

describe("a follower with an empty history", () => {
  it("promises the epoch, takes the history, and serves, each step after the disk operation before it", () => {
    const learner = learnerAfter([]);
    expect(
      learnerTranscript(learner, ...TO_BROADCAST, "proposal 1:1", "durable 1:1", "commit 1:1", "ping 1:1"),
    ).toMatchInlineSnapshot(`
      "connected
          setReadTimeout ms=10000
          send learnerInfo id=2 follower acceptedEpoch=0 0:0
      leaderInfo 1
          storeAcceptedEpoch epoch=1
      acceptedEpochStored
          send ackEpoch currentEpoch=0 0:0
      diff 0:0
      newLeader 1:0
          flush 0:0
      durable 0:0
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 0:0
          send ack 1:0
          serve epoch=1
      proposal 1:1
          append 1:1
          flush 1:1
      durable 1:1
          send ack 1:1
      commit 1:1
          commit 1:1
      ping 1:1
          answerPing 1:1"
    `);
    expect([learner.phase, learner.epoch, learner.lastZxid]).toEqual(["broadcasting", 1, 0x1_0000_0001n]);
  });
});

describe("the promise of an epoch", () => {
  it("is given when the epoch is on disk", () => {
    const learner = learnerAfter(["connected"], { acceptedEpoch: 3, currentEpoch: 2 });
    expect(learnerTranscript(learner, "leaderInfo 4", "acceptedEpochStored")).toMatchInlineSnapshot(`
      "leaderInfo 4
          storeAcceptedEpoch epoch=4
      acceptedEpochStored
          send ackEpoch currentEpoch=2 0:0"
    `);
  });

  it("is no acknowledgement if this epoch was accepted before", () => {
    expect(
      learnerTranscript(learnerAfter(["connected"], { acceptedEpoch: 3, currentEpoch: 2 }), "leaderInfo 3"),
    ).toMatchInlineSnapshot(`
      "leaderInfo 3
          send ackEpoch currentEpoch=undefined 0:0"
    `);
  });

  it("is not given to a leader of an earlier epoch", () => {
    expect(learnerTranscript(learnerAfter(["connected"], { acceptedEpoch: 3 }), "leaderInfo 2")).toMatchInlineSnapshot(`
      "leaderInfo 2
          end stale-leader the leader proposed epoch 2 after this server accepted 3"
    `);
  });

  it("has the last zxid on disk", () => {
    const learner = learnerAfter(["connected", "leaderInfo 4"], {
      acceptedEpoch: 3,
      currentEpoch: 2,
      lastZxid: 0x2_0000_0005n,
    });
    expect(learnerTranscript(learner, "acceptedEpochStored")).toMatchInlineSnapshot(`
      "acceptedEpochStored
          send ackEpoch currentEpoch=2 2:5"
    `);
  });
});

describe("records between NEWLEADER and UPTODATE", () => {
  const TO_NEWLEADER = [...TO_SYNC, "diff 0:0", "newLeader 1:0"];

  it("are flushed at once, but committed and acknowledged only after UPTODATE", () => {
    expect(
      learnerTranscript(
        learnerAfter(TO_NEWLEADER),
        "proposal 1:1",
        "durable 0:0",
        "proposal 1:2",
        "durable 1:1",
        "commit 1:1",
        "currentEpochStored",
        "proposal 1:3",
        "upToDate",
        "durable 1:3",
        "commit 1:2",
      ),
    ).toMatchInlineSnapshot(`
      "proposal 1:1
          append 1:1
          flush 1:1
      durable 0:0
          storeCurrentEpoch epoch=1
      proposal 1:2
          append 1:2
          flush 1:2
      durable 1:1
      commit 1:1
      currentEpochStored
          send ack 1:0
      proposal 1:3
          append 1:3
          flush 1:3
      upToDate
          setReadTimeout ms=5000
          commit 1:1
          send ack 1:0
          serve epoch=1
          send ack 1:1
      durable 1:3
          send ack 1:2
          send ack 1:3
      commit 1:2
          commit 1:2"
    `);
  });

  it("do not delay the first ACK", () => {
    const learner = learnerAfter([...TO_NEWLEADER, "proposal 1:1"]);
    expect(learnerTranscript(learner, "durable 0:0")).toContain("storeCurrentEpoch epoch=1");
  });
});

describe("the broadcast", () => {
  it("acknowledges each of several records that one flush has made durable", () => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", "proposal 1:2", "proposal 1:3"]);
    expect(learnerTranscript(learner, "durable 1:2", "durable 1:1", "durable 1:3")).toMatchInlineSnapshot(`
      "durable 1:2
          send ack 1:1
          send ack 1:2
      durable 1:1
      durable 1:3
          send ack 1:3"
    `);
  });

  it("commits a record that is not durable here yet, since the queue waits for both", () => {
    expect(
      learnerTranscript(learnerAfter([...TO_BROADCAST, "proposal 1:1"]), "commit 1:1", "durable 1:1"),
    ).toMatchInlineSnapshot(`
      "commit 1:1
          commit 1:1
      durable 1:1
          send ack 1:1"
    `);
  });

  it("ignores a record and a commit that it has", () => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", "commit 1:1"]);
    expect(learnerTranscript(learner, "proposal 1:1", "commit 1:1")).toBe("proposal 1:1\ncommit 1:1");
  });

  it.each([
    ["a counter was left out", "proposal 1:2"],
    ["a later epoch does not start with its first record", "proposal 2:2"],
    ["no proposal waits for the commit", "commit 1:1"],
  ])("ends if %s", (_, line) => {
    expect(learnerTranscript(learnerAfter(TO_BROADCAST), line)).toContain("end history-gap");
  });

  it("ends if a commit leaves out a proposal", () => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", "proposal 1:2"]);
    expect(learnerTranscript(learner, "commit 1:2")).toMatchInlineSnapshot(`
      "commit 1:2
          end history-gap the leader sent the commit of 0x100000002, which does not follow 0x0"
    `);
  });

  it("delivers the answers of the leader", () => {
    expect(learnerTranscript(learnerAfter(TO_BROADCAST), "sync", "revalidate")).toMatchInlineSnapshot(`
      "sync
          deliver sync
      revalidate
          deliver revalidate sessionId=7 isValid=true"
    `);
  });
});

describe("an observer", () => {
  const OBSERVER = { id: 4n, role: "observer" } as const;

  it("takes committed records, and acknowledges only the epoch", () => {
    expect(
      learnerTranscript(
        learnerAfter([], OBSERVER),
        ...TO_SYNC,
        "diff 0:1",
        "proposal 0:1",
        "commit 0:1",
        "inform 1:1",
        "newLeader 1:0",
        "inform 1:2",
        "durable 1:2",
        "currentEpochStored",
        "upToDate",
        "inform 1:3",
        "durable 1:3",
      ),
    ).toMatchInlineSnapshot(`
      "connected
          setReadTimeout ms=10000
          send learnerInfo id=4 observer acceptedEpoch=0 0:0
      leaderInfo 1
          storeAcceptedEpoch epoch=1
      acceptedEpochStored
          send ackEpoch currentEpoch=0 0:0
      diff 0:1
      proposal 0:1
          append 0:1
      commit 0:1
      inform 1:1
          append 1:1
      newLeader 1:0
          flush 1:1
      inform 1:2
          append 1:2
          flush 1:2
      durable 1:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 1:2
          send ack 1:0
          serve epoch=1
      inform 1:3
          append 1:3
          flush 1:3
          commit 1:3
      durable 1:3"
    `);
  });

  it("commits a record that an older leader has sent as a proposal", () => {
    const learner = learnerAfter([...TO_SYNC, "diff 0:0", "proposal 1:1", "newLeader 1:0", "durable 1:1"], OBSERVER);
    expect(
      learnerTranscript(learner, "currentEpochStored", "upToDate", "inform 1:1", "inform 1:2"),
    ).toMatchInlineSnapshot(`
      "currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 0:0
          send ack 1:0
          serve epoch=1
      inform 1:1
          commit 1:1
      inform 1:2
          append 1:2
          flush 1:2
          commit 1:2"
    `);
  });

  it("ignores a record that it has, and ends at a gap", () => {
    const learner = learnerAfter([...TO_BROADCAST, "inform 1:1"], OBSERVER);
    expect(learnerTranscript(learner, "inform 1:1")).toBe("inform 1:1");
    expect(learnerTranscript(learner, "inform 1:3")).toContain("end history-gap");
  });
});

describe("the end", () => {
  it.each(TO_BROADCAST.map((_, count) => [TO_BROADCAST.slice(0, count + 1)]))(
    "after %s comes with a failed disk, a lost connection and a silent leader, and has no effects after it",
    (lines) => {
      for (const [line, reason] of [
        ["storageFailed", "storage-failed"],
        ["disconnected", "connection-lost"],
        ["readTimedOut", "leader-silent"],
      ] as const) {
        const learner = learnerAfter(lines);
        expect(learnerTranscript(learner, line)).toContain(`end ${reason}`);
        for (const each of [
          "acceptedEpochStored",
          "durable 1:1",
          "currentEpochStored",
          "proposal 1:1",
          "storageFailed",
        ]) {
          expect(learnerTranscript(learner, each)).toBe(each);
        }
      }
    },
  );
});
