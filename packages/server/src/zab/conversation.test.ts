import { describe, expect, it } from "vitest";
import { ModelEnsemble } from "../../test-support/zab/model-ensemble.js";

/** Runs the actions with these names, each followed by the messages and disk operations that it causes. Returns the new lines. */
function transcript(ensemble: ModelEnsemble, ...names: readonly string[]): string {
  const from = ensemble.trace.length;
  for (const name of names) {
    run(ensemble, name);
    settle(ensemble);
  }
  return ensemble.trace.slice(from).join("\n");
}

function run(ensemble: ModelEnsemble, name: string): void {
  const action = ensemble.actions().find((each) => each.name === name);
  if (action === undefined) throw new Error(`"${name}" is not possible now`);
  ensemble.run(action);
}

function settle(ensemble: ModelEnsemble): void {
  for (;;) {
    const next = ensemble.actions().find(({ isDue }) => isDue);
    if (next === undefined) return;
    ensemble.run(next);
  }
}

describe("a leader and its learners, in one order of events", () => {
  it("three servers with empty histories, then two proposals", () => {
    const ensemble = new ModelEnsemble(false);
    expect(transcript(ensemble, "3 is elected")).toMatchInlineSnapshot(`
      "3 is elected by 1,2,3
      3 ends a log operation
      1 -> 3 learnerInfo id=1 follower acceptedEpoch=0 0:0
      3 ends a file operation
      3 -> 1 leaderInfo epoch=1
      1 ends a file operation
      1 -> 3 ackEpoch currentEpoch=0 0:0
      3 ends a file operation
      3 -> 1 diff 0:0
      3 -> 1 newLeader 1:0 v0:0
      1 ends a log operation
      1 ends a file operation
      1 -> 3 ack 1:0
      3 -> 1 upToDate
      1 -> 3 ack 1:0
      2 -> 3 learnerInfo id=2 follower acceptedEpoch=0 0:0
      3 -> 2 leaderInfo epoch=1
      2 ends a file operation
      2 -> 3 ackEpoch currentEpoch=0 0:0
      3 -> 2 diff 0:0
      3 -> 2 newLeader 1:0 v0:0
      2 ends a log operation
      2 ends a file operation
      2 -> 3 ack 1:0
      3 -> 2 upToDate
      2 -> 3 ack 1:0"
    `);
    expect(transcript(ensemble, "3 proposes", "3 proposes")).toMatchInlineSnapshot(`
      "3 proposes
      3 ends a log operation
      3 -> 1 proposal 1:1
      1 ends a log operation
      1 -> 3 ack 1:1
      3 -> 1 commit 1:1
      3 -> 2 proposal 1:1
      2 ends a log operation
      2 -> 3 ack 1:1
      3 -> 2 commit 1:1
      3 proposes
      3 ends a log operation
      3 -> 1 proposal 1:2
      1 ends a log operation
      1 -> 3 ack 1:2
      3 -> 1 commit 1:2
      3 -> 2 proposal 1:2
      2 ends a log operation
      2 -> 3 ack 1:2
      3 -> 2 commit 1:2"
    `);
  });

  it("a late follower, by DIFF", () => {
    const ensemble = new ModelEnsemble(false);
    transcript(ensemble, "1 loses power", "3 is elected", "3 proposes", "3 applies");
    expect(transcript(ensemble, "1 starts", "1 joins 3")).toMatchInlineSnapshot(`
      "1 starts
      1 joins 3
      1 -> 3 learnerInfo id=1 follower acceptedEpoch=0 0:0
      3 -> 1 leaderInfo epoch=1
      1 ends a file operation
      1 -> 3 ackEpoch currentEpoch=0 0:0
      3 -> 1 diff 1:1
      3 -> 1 proposal 1:1
      3 -> 1 commit 1:1
      3 -> 1 newLeader 1:0 v0:0
      1 ends a log operation
      1 ends a file operation
      1 -> 3 ack 1:0
      3 -> 1 upToDate
      1 -> 3 ack 1:0"
    `);
  });

  it("a former leader that has a record of its own, by TRUNC", () => {
    const ensemble = new ModelEnsemble(false);
    transcript(ensemble, "3 is elected", "3 proposes");
    for (const name of ["3 proposes", "3 ends a log operation", "1 x 3", "2 x 3"]) run(ensemble, name);
    transcript(ensemble, "3 loses power", "2 is elected", "2 proposes");
    expect(transcript(ensemble, "3 starts", "3 joins 2")).toMatchInlineSnapshot(`
      "3 starts
      3 joins 2
      3 -> 2 learnerInfo id=3 follower acceptedEpoch=1 0:0
      2 -> 3 leaderInfo epoch=2
      3 ends a file operation
      3 -> 2 ackEpoch currentEpoch=1 1:2
      2 -> 3 trunc 1:1
      3 ends a log operation
      2 -> 3 proposal 2:1
      2 -> 3 commit 2:1
      2 -> 3 newLeader 2:0 v0:0
      3 ends a log operation
      3 ends a file operation
      3 -> 2 ack 2:0
      2 -> 3 upToDate
      3 -> 2 ack 2:0"
    `);
  });

  it("a follower that the log of the leader does not reach back to, by SNAP", () => {
    const ensemble = new ModelEnsemble(false);
    transcript(ensemble, "1 loses power", "3 is elected", "3 proposes", "3 applies", "3 loses power", "3 starts");
    transcript(ensemble, "3 is elected", "3 proposes");
    expect(transcript(ensemble, "1 starts", "1 joins 3")).toMatchInlineSnapshot(`
      "1 starts
      1 joins 3
      1 -> 3 learnerInfo id=1 follower acceptedEpoch=0 0:0
      3 -> 1 leaderInfo epoch=2
      1 ends a file operation
      1 -> 3 ackEpoch currentEpoch=0 0:0
      3 -> 1 snap 1:1
      1 ends a log operation
      3 -> 1 proposal 2:1
      3 -> 1 commit 2:1
      3 -> 1 newLeader 2:0 v0:0
      1 ends a log operation
      1 ends a file operation
      1 -> 3 ack 2:0
      3 -> 1 upToDate
      1 -> 3 ack 2:0"
    `);
  });

  it("an observer, during a proposal", () => {
    const ensemble = new ModelEnsemble(false);
    transcript(ensemble, "3 is elected", "4 joins 3");
    expect(transcript(ensemble, "3 proposes")).toMatchInlineSnapshot(`
      "3 proposes
      3 ends a log operation
      3 -> 1 proposal 1:1
      1 ends a log operation
      1 -> 3 ack 1:1
      3 -> 1 commit 1:1
      3 -> 2 proposal 1:1
      2 ends a log operation
      2 -> 3 ack 1:1
      3 -> 2 commit 1:1
      3 -> 4 inform 1:1
      4 ends a log operation"
    `);
  });
});
