import { describe, expect, it } from "vitest";
import { learnerAfter, learnerTranscript, TO_BROADCAST } from "../../../test-support/zab/learner-transcript.js";
import { configuration } from "../../../test-support/zab/zab-text.js";
import { QuorumSet } from "../configuration/quorum-set.js";

const TO_SYNC = [...TO_BROADCAST.slice(0, 3), "diff 0:0"];

describe("a reconfiguration, to a learner", () => {
  it("is acknowledged when both its record and its configuration are on disk", () => {
    const learner = learnerAfter(TO_BROADCAST);
    expect(
      learnerTranscript(
        learner,
        "proposal 1:1",
        "proposal 1:2 added",
        "proposal 1:3",
        "durable 1:3",
        "seenConfigurationStored",
        "commit 1:1",
        "commitAndActivate 1:2 1",
        "commit 1:3",
      ),
    ).toMatchInlineSnapshot(`
      "proposal 1:1
          append 1:1
          flush 1:1
      proposal 1:2 added
          storeSeenConfiguration v1:2
          append reconfig 1:2
          flush 1:2
      proposal 1:3
          append 1:3
          flush 1:3
      durable 1:3
          send ack 1:1
      seenConfigurationStored
          send ack 1:2
          send ack 1:3
      commit 1:1
          commit 1:1
      commitAndActivate 1:2 1
          commit 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1
      commit 1:3
          commit 1:3"
    `);
  });

  it.each([
    ["another leader is designated", "withoutLeader", "3", "server 1 does not lead the new configuration"],
    ["the leader moves to another server, which is a member already", "added", "3", "server 1 does not lead"],
    ["it becomes an observer", "asObserver", "1", "server 2 is no follower any more"],
  ])("ends the follower if %s", (_, text, designated, message) => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", `proposal 1:2 ${text}`, "commit 1:1"]);
    const lines = learnerTranscript(learner, `commitAndActivate 1:2 ${designated}`).split("\n");
    expect(lines.slice(1, 3)).toEqual([
      `    commit 1:2 designatedLeader=${designated}`,
      `    activateConfiguration v1:2 designatedLeader=${designated}`,
    ]);
    expect(lines[3]).toContain(`end reconfigured ${message}`);
  });

  it("keeps a follower that is no member any more, since it has no vote", () => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", "proposal 1:2 without2", "commit 1:1"]);
    expect(learnerTranscript(learner, "commitAndActivate 1:2 1")).toMatchInlineSnapshot(`
      "commitAndActivate 1:2 1
          commit 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it("reaches an observer with its record", () => {
    const learner = learnerAfter([...TO_BROADCAST, "inform 1:1"], { id: 4n, role: "observer" });
    expect(learnerTranscript(learner, "informAndActivate 1:2 added 1")).toMatchInlineSnapshot(`
      "informAndActivate 1:2 added 1
          storeSeenConfiguration v1:2
          append reconfig 1:2
          flush 1:2
          commit 1:2
          activateConfiguration v1:2 designatedLeader=1
          end reconfigured server 4 is no observer any more"
    `);
  });

  it("is activated after UPTODATE if it was committed before", () => {
    const learner = learnerAfter([...TO_SYNC, "newLeader 1:0 same", "seenConfigurationStored", "durable 0:0"]);
    expect(
      learnerTranscript(
        learner,
        "currentEpochStored",
        "proposal 1:1",
        "proposal 1:2 added",
        "commit 1:1",
        "commitAndActivate 1:2 1",
        "upToDate",
        "seenConfigurationStored",
        "durable 1:2",
      ),
    ).toMatchInlineSnapshot(`
      "currentEpochStored
          send ack 1:0
      proposal 1:1
          append 1:1
          flush 1:1
      proposal 1:2 added
          storeSeenConfiguration v1:2
          append reconfig 1:2
          flush 1:2
      commit 1:1
      commitAndActivate 1:2 1
      upToDate
          setReadTimeout ms=5000
          commit 1:2
          activateConfiguration v1:0 designatedLeader=undefined
          activateConfiguration v1:2 designatedLeader=1
          send ack 1:0
          serve epoch=1
      seenConfigurationStored
      durable 1:2
          send ack 1:1
          send ack 1:2"
    `);
  });

  it("is activated even if the snapshot has its record", () => {
    const learner = learnerAfter([...TO_BROADCAST.slice(0, 3), "snap 1:2", "snapshotInstalled 1:2"]);
    expect(
      learnerTranscript(
        learner,
        "proposal 1:2 added",
        "commitAndActivate 1:2 1",
        "newLeader 1:0",
        "seenConfigurationStored",
        "durable 1:2",
        "currentEpochStored",
        "upToDate",
      ),
    ).toMatchInlineSnapshot(`
      "proposal 1:2 added
          storeSeenConfiguration v1:2
      commitAndActivate 1:2 1
      newLeader 1:0
          flush 1:2
      seenConfigurationStored
      durable 1:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 1:2
          activateConfiguration v1:2 designatedLeader=1
          send ack 1:0
          serve epoch=1"
    `);
  });

  it("is not undone by an older configuration in NEWLEADER", () => {
    const learner = learnerAfter([
      ...TO_SYNC,
      "proposal 1:1",
      "proposal 1:2 added",
      "commit 1:1",
      "commitAndActivate 1:2 1",
    ]);
    expect(
      learnerTranscript(
        learner,
        "newLeader 1:0 same",
        "seenConfigurationStored",
        "durable 1:2",
        "currentEpochStored",
        "upToDate",
      ),
    ).toMatchInlineSnapshot(`
      "newLeader 1:0 same
          flush 1:2
      seenConfigurationStored
      durable 1:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 1:2
          activateConfiguration v1:0 designatedLeader=undefined
          activateConfiguration v1:2 designatedLeader=1
          send ack 1:0
          serve epoch=1"
    `);
  });

  it.each(["proposal 1:1 invalid", "newLeader 1:0 invalid"])("ends the learner if its text is invalid: %s", (line) => {
    expect(learnerTranscript(learnerAfter(TO_SYNC), line)).toContain("end protocol-error");
  });

  it("is ignored if reconfiguration is disabled", () => {
    const learner = learnerAfter(TO_SYNC, { reconfigEnabled: false });
    expect(
      learnerTranscript(
        learner,
        "proposal 1:1",
        "proposal 1:2 invalid",
        "commit 1:1",
        "newLeader 1:0 added",
        "durable 1:2",
        "currentEpochStored",
        "upToDate",
        "commitAndActivate 1:2 3",
      ),
    ).toMatchInlineSnapshot(`
      "proposal 1:1
          append 1:1
      proposal 1:2 invalid
          append reconfig 1:2
      commit 1:1
      newLeader 1:0 added
          flush 1:2
      durable 1:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 1:1
          send ack 1:0
          serve epoch=1
          send ack 1:2
      commitAndActivate 1:2 3
          commit 1:2 designatedLeader=3"
    `);
  });

  it("in NEWLEADER is not activated before its record is committed", () => {
    const learner = learnerAfter([...TO_SYNC, "proposal 1:1", "proposal 1:2 added", "newLeader 1:0 added"]);
    expect(
      learnerTranscript(
        learner,
        "seenConfigurationStored",
        "durable 1:2",
        "currentEpochStored",
        "upToDate",
        "commit 1:1",
        "commitAndActivate 1:2 1",
      ),
    ).toMatchInlineSnapshot(`
      "seenConfigurationStored
      durable 1:2
          storeCurrentEpoch epoch=1
      currentEpochStored
          send ack 1:0
      upToDate
          setReadTimeout ms=5000
          commit 0:0
          send ack 1:0
          serve epoch=1
          send ack 1:1
          send ack 1:2
      commit 1:1
          commit 1:1
      commitAndActivate 1:2 1
          commit 1:2 designatedLeader=1
          activateConfiguration v1:2 designatedLeader=1"
    `);
  });

  it.each([
    [
      "ends the follower",
      "the leader is no voter of it",
      "withoutLeader",
      ["end reconfigured server 1 does not lead the new configuration"],
    ],
    ["keeps the follower", "the leader leads that one too", "added", ["send ack 2:0", "serve epoch=2"]],
  ])("in NEWLEADER %s at UPTODATE if %s", (_outcome, _case, text, effects) => {
    const lines = ["connected", "leaderInfo 2", "acceptedEpochStored", "diff 0:0", `newLeader 2:0 ${text}`];
    const learner = learnerAfter([...lines, "seenConfigurationStored", "durable 0:0", "currentEpochStored"]);
    const activation = [
      "setReadTimeout ms=5000",
      "commit 0:0",
      "activateConfiguration v1:2 designatedLeader=undefined",
    ];
    expect(learnerTranscript(learner, "upToDate").split("\n    ")).toEqual(["upToDate", ...activation, ...effects]);
  });

  it.each([
    ["a follower", "proposal 1:2 added", "commit 1:2", {}],
    ["an observer", "inform 1:2 added", "durable 1:2", { id: 5n, role: "observer" }],
  ] as const)("is not activated, in %s, by a packet that only commits its record", (_, taken, committed, options) => {
    const first = taken.startsWith("inform") ? ["inform 1:1"] : ["proposal 1:1", "commit 1:1"];
    const learner = learnerAfter([...TO_BROADCAST, ...first], options);
    const text = learnerTranscript(learner, taken, committed);
    expect(text).toContain("    commit 1:2");
    expect(text).not.toContain("activateConfiguration");
  });

  it.each(["empty", "blank"])("is none if the text in NEWLEADER is %s, as from a leader that sends none", (text) => {
    const line = `newLeader 1:0 ${text}`;
    expect(learnerTranscript(learnerAfter(TO_SYNC), line)).toBe(`${line}\n    flush 0:0`);
  });

  it("in NEWLEADER is ignored if the learner has a newer one already", () => {
    const configurations = new QuorumSet(configuration("1:2", [1, 2, 3]));
    const lines = ["newLeader 1:0 same", "durable 0:0", "currentEpochStored"];
    const learner = learnerAfter([...TO_SYNC, ...lines], { configurations });
    expect(learnerTranscript(learner, "upToDate")).toMatchInlineSnapshot(`
      "upToDate
          setReadTimeout ms=5000
          commit 0:0
          send ack 1:0
          serve epoch=1"
    `);
  });

  it("changes no role if its members are those of the one before, whichever leader is named", () => {
    const learner = learnerAfter([...TO_BROADCAST, "proposal 1:1", "proposal 1:2 same", "commit 1:1"]);
    expect(learnerTranscript(learner, "commitAndActivate 1:2 3")).toMatchInlineSnapshot(`
      "commitAndActivate 1:2 3
          commit 1:2 designatedLeader=3
          activateConfiguration v1:0 designatedLeader=3"
    `);
  });
});
