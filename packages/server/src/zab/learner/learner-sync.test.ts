import { describe, expect, it } from "vitest";
import { learnerAfter, learnerTranscript, TO_BROADCAST } from "../../../test-support/zab/learner-transcript.js";

const TO_SYNC = TO_BROADCAST.slice(0, 3);

describe("a synchronization", () => {
  it("by DIFF appends the records, and acknowledges none of them but those that are not committed", () => {
    const learner = learnerAfter(TO_SYNC);
    expect(
      learnerTranscript(
        learner,
        "diff 0:2",
        "proposal 0:1",
        "commit 0:1",
        "proposal 0:2",
        "commit 0:2",
        "proposal 1:1",
        "newLeader 1:0 same",
        "seenConfigurationStored",
        "durable 0:2",
        "durable 1:1",
        "currentEpochStored",
        "upToDate",
      ),
    ).toMatchInlineSnapshot(`
      "diff 0:2
      proposal 0:1
          append 0:1
      commit 0:1
      proposal 0:2
          append 0:2
      commit 0:2
      proposal 1:1
          append 1:1
      newLeader 1:0 same
          storeSeenConfiguration v1:0
          flush 1:1
      seenConfigurationStored
      durable 0:2
      durable 1:1
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 0:2
          activateConfiguration v1:0 designatedLeader=undefined
          send ack 1:0
          serve epoch=1
          send ack 1:1"
    `);
  });

  it("by TRUNC holds everything that follows until the log is truncated", () => {
    const learner = learnerAfter(TO_SYNC, { lastZxid: 5n });
    expect(
      learnerTranscript(
        learner,
        "trunc 0:3",
        "proposal 0:4",
        "commit 0:4",
        "newLeader 1:0",
        "truncated 0:3",
        "durable 0:4",
      ),
    ).toMatchInlineSnapshot(`
      "trunc 0:3
          truncate 0:3
      proposal 0:4
      commit 0:4
      newLeader 1:0
      truncated 0:3
          append 0:4
          flush 0:4
      durable 0:4
          storeCurrentEpoch epoch=1"
    `);
  });

  it.each([["0:5"], ["0:2"]])("by TRUNC ends if the log ends at %s instead of the zxid that was asked for", (last) => {
    const learner = learnerAfter([...TO_SYNC, "trunc 0:3", "newLeader 1:0"], { lastZxid: 5n });
    expect(learnerTranscript(learner, `truncated ${last}`)).toContain("end truncation-refused");
    expect(learner.phase).toBe("ended");
  });

  it("by SNAP drops the records that the snapshot has, and their commits", () => {
    const learner = learnerAfter(TO_SYNC);
    expect(
      learnerTranscript(
        learner,
        "snap 1:2",
        "proposal 1:1",
        "proposal 1:2",
        "proposal 1:3",
        "commit 1:1",
        "commit 1:2",
        "commit 1:3",
        "newLeader 1:0",
        "snapshotInstalled 1:2",
        "durable 1:3",
        "currentEpochStored",
        "upToDate",
      ),
    ).toMatchInlineSnapshot(`
      "snap 1:2
          installSnapshot 1:2
      proposal 1:1
      proposal 1:2
      proposal 1:3
      commit 1:1
      commit 1:2
      commit 1:3
      newLeader 1:0
      snapshotInstalled 1:2
          append 1:3
          flush 1:3
      durable 1:3
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 1:3
          send ack 1:0
          serve epoch=1"
    `);
  });

  it("by SNAP ends if the snapshot is of another zxid", () => {
    expect(learnerTranscript(learnerAfter([...TO_SYNC, "snap 1:2"]), "snapshotInstalled 1:3")).toMatchInlineSnapshot(`
      "snapshotInstalled 1:3
          end protocol-error the leader sent a snapshot of 0x100000003 instead of 0x100000002"
    `);
  });

  it("of a lost history is only possible by SNAP, and its promise does not count", () => {
    const lost = learnerAfter(["connected", "leaderInfo 1"], { currentEpoch: 1, lastZxid: -1n });
    expect(learnerTranscript(lost, "acceptedEpochStored")).toContain("send ackEpoch currentEpoch=undefined -1");
    for (const line of ["diff 0:0", "trunc 0:0"]) {
      expect(learnerTranscript(learnerAfter(TO_SYNC, { lastZxid: -1n }), line)).toContain("end protocol-error");
    }
    const learner = learnerAfter([...TO_SYNC, "snap 1:0", "snapshotInstalled 1:0", "newLeader 1:0"], { lastZxid: -1n });
    expect(learnerTranscript(learner, "durable 1:0")).toContain("storeCurrentEpoch");
  });

  it("ends if records up to the zxid of DIFF are missing", () => {
    const learner = learnerAfter([...TO_SYNC, "diff 0:2", "proposal 0:1", "commit 0:1"]);
    expect(learnerTranscript(learner, "newLeader 1:0")).toMatchInlineSnapshot(`
      "newLeader 1:0
          end history-gap the leader sent NEWLEADER after a sync to 0x2, which does not follow 0x1"
    `);
  });

  it("ends if NEWLEADER is of another epoch than LEADERINFO", () => {
    expect(learnerTranscript(learnerAfter([...TO_SYNC, "diff 0:0"]), "newLeader 2:0")).toMatchInlineSnapshot(`
      "newLeader 2:0
          end protocol-error the leader sent NEWLEADER 0x200000000 after it proposed epoch 1"
    `);
  });

  it("finds the proposals before NEWLEADER when their commits come after it", () => {
    const lines = ["diff 0:0", "proposal 1:1", "proposal 1:2", "newLeader 1:0", "durable 1:2", "commit 1:1"];
    const learner = learnerAfter([...TO_SYNC, ...lines, "currentEpochStored"]);
    expect(learnerTranscript(learner, "upToDate", "commit 1:2")).toMatchInlineSnapshot(`
      "upToDate
          setReadTimeout ms=5000
          commit 1:1
          send ack 1:0
          serve epoch=1
          send ack 1:1
          send ack 1:2
      commit 1:2
          commit 1:2"
    `);
  });

  it("ends at a second NEWLEADER", () => {
    for (const lines of [[], ["durable 0:0"], ["durable 0:0", "currentEpochStored"]]) {
      const learner = learnerAfter([...TO_SYNC, "diff 0:0", "newLeader 1:0", ...lines]);
      expect(learnerTranscript(learner, "newLeader 1:0")).toContain("end protocol-error");
    }
  });

  it("asks for a flush even if nothing was appended", () => {
    expect(learnerTranscript(learnerAfter([...TO_SYNC, "diff 0:0"]), "newLeader 1:0")).toMatchInlineSnapshot(`
      "newLeader 1:0
          flush 0:0"
    `);
  });

  it("answers no ping", () => {
    for (let count = 0; count < TO_BROADCAST.length; count++) {
      expect(learnerTranscript(learnerAfter(TO_BROADCAST.slice(0, count)), "ping 1:0")).toBe("ping 1:0");
    }
  });
});
