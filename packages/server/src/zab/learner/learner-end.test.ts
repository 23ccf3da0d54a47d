import { describe, expect, it } from "vitest";
import { learnerAfter, learnerTranscript, TO_BROADCAST } from "../../../test-support/zab/learner-transcript.js";

const TO_SYNC = TO_BROADCAST.slice(0, 3);
const OBSERVER = { id: 4n, role: "observer" } as const;

/** Returns the effects of the last event, which ends the learner. */
function endOf(learner: ReturnType<typeof learnerAfter>, line: string): string[] {
  const [, ...effects] = learnerTranscript(learner, line).split("\n");
  expect(learner.phase).toBe("ended");
  return effects.map((effect) => effect.trim());
}

describe("the end of a learner", () => {
  it.each([
    ["readTimedOut", "leader-silent the leader sent nothing within the time limit"],
    ["disconnected", "connection-lost the connection to the leader was lost: EIO"],
    ["storageFailed", "storage-failed the disk failed: EIO"],
    ["upToDate", "protocol-error the leader sent upToDate in the phase broadcasting"],
    ["inform 1:1", "protocol-error the leader sent inform to a follower in the phase broadcasting"],
    ["proposal 1:2", "history-gap the leader sent record 0x100000002, which does not follow 0x0"],
    ["commit 1:1", "history-gap the leader sent the commit of 0x100000001, which does not follow 0x0"],
  ])("says in words why it came after %s, and is the only effect", (line, end) => {
    expect(endOf(learnerAfter(TO_BROADCAST), line)).toStrictEqual([`end ${end}`]);
  });

  it("names both zxids if the log cannot be truncated to the one that the leader asks for", () => {
    const learner = learnerAfter([...TO_SYNC, "trunc 0:3"], { lastZxid: 5n });
    expect(endOf(learner, "truncated 0:5")).toStrictEqual([
      "end truncation-refused the log cannot be truncated after 0x3; it ends at 0x5",
    ]);
  });

  it.each(["diff", "trunc"])("names the packet that a learner without a history cannot use: %s", (mode) => {
    const learner = learnerAfter(TO_SYNC, { lastZxid: -1n });
    expect(endOf(learner, `${mode} 0:0`)).toStrictEqual([
      `end protocol-error the leader sent ${mode} for a lost history in the phase awaitingSync`,
    ]);
  });

  it("comes before the record with an invalid configuration is appended, and names its zxid", () => {
    const [end, ...others] = endOf(learnerAfter(TO_BROADCAST), "proposal 1:1 invalid");
    expect(end).toMatch(/^end protocol-error the leader sent an invalid configuration with 0x100000001: .*nowhere/);
    expect(others).toStrictEqual([]);
  });

  it.each(["inform 1:2", "informAndActivate 1:2 added 1"])(
    "of an observer comes before the commit and the configuration of a record that follows a gap: %s",
    (line) => {
      const effects = endOf(learnerAfter(TO_BROADCAST, OBSERVER), line);
      expect(effects.filter((effect) => !effect.startsWith("storeSeenConfiguration"))).toStrictEqual([
        "end history-gap the leader sent record 0x100000002, which does not follow 0x0",
      ]);
    },
  );
});

describe("a report that records are durable", () => {
  it("takes back nothing of a later one", () => {
    const lines = ["diff 0:0", "proposal 1:1", "newLeader 1:0 same", "durable 1:1", "durable 0:0"];
    expect(learnerTranscript(learnerAfter([...TO_SYNC, ...lines]), "seenConfigurationStored")).toMatchInlineSnapshot(`
      "seenConfigurationStored
          storeCurrentEpoch epoch=1"
    `);
  });
});
