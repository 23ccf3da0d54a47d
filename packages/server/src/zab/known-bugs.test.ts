import { describe, expect, it } from "vitest";
import { ModelScenario } from "../../test-support/zab/model-scenario.js";
import { zxid } from "../../test-support/zab/zab-text.js";

/*
 * One order of events for each of the bugs that lose records. In `a -> b` a message arrives; in `a x b` the learner a loses its
 * connection to b. Servers 1, 2 and 3 are the voters.
 */

/** LEARNERINFO, LEADERINFO, ACKEPOCH of an epoch that the learner has accepted before, and DIFF, TRUNC or SNAP. */
const toSync = (id: number, leader: number): string[] => [
  ...[`${id} -> ${leader}`, `${leader} -> ${id}`],
  ...[`${id} -> ${leader}`, `${leader} -> ${id}`],
];
const join = (id: number, leader: number): string[] => [`${id} joins ${leader}`, ...toSync(id, leader)];
/** First the end of the former connection arrives. */
const rejoin = (id: number, leader: number): string[] => [
  ...[`${id} x ${leader}`, `${id} joins ${leader}`, `${id} -> ${leader}`],
  ...toSync(id, leader),
];

describe("a committed record", () => {
  it("survives its leader, though the other copy came back before the leader had applied it", () => {
    const model = new ModelScenario({ down: [3, 4, 5] }).elect(2).settle().run("2 proposes").settle();
    expect(model.committed).toEqual([zxid("1:1")]);
    model.run(...rejoin(1, 2)).runIfPossible("1 ends a log operation");
    model.run("2 loses power", "1 x 2", "3 starts").elect(1).settle();
    expect(model.zxidsOf(3)).toEqual([zxid("1:1")]);
  });

  it("has copies that were not truncated after their acknowledgement", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle().run("3 proposes").settle();
    model.run("3 proposes").settle("3 ends a log operation");
    model.run(...rejoin(1, 3), "1 ends a log operation");
    expect(model.zxidsOf(1)).toEqual([zxid("1:1")]);
    model.run("3 ends a log operation");
    expect(model.committed).toEqual([zxid("1:1")]);
    model.settle();
    expect(model.committed).toEqual([zxid("1:1"), zxid("1:2")]);
  });

  it("of an earlier epoch is on the disks of a quorum before a new leader counts it as committed", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle();
    model.run("3 proposes", "3 ends a log operation", "3 loses power", "1 x 3", "3 starts").elect(3).settle();
    expect(model.committed).toEqual([zxid("1:1")]);
    expect(model.zxidsOf(1)).toEqual([zxid("1:1")]);
  });
});

/** Server 2 was in epoch 1 before 1:1 was proposed, and has appended it later without a flush. */
it("a committed record survives a leader that loses power before its own copy is on disk", () => {
  const model = new ModelScenario({ down: [4, 5] }).elect(3).settle().run("2 x 3").settle().run("3 proposes").settle();
  model.run(...join(2, 3), "3 -> 2", "3 loses power", "2 x 3", "1 x 3");
  expect([model.zxidsOf(2), model.committed]).toEqual([[zxid("1:1")], [zxid("1:1")]]);
  // Server 1 has only promised the epoch.
  model.elect(2).settle("2 ends a log operation", "1 ends a log operation");
  model.run("2 loses power", "1 x 2", "2 starts").electFirst(2, 1).settle();
  expect([model.zxidsOf(1), model.zxidsOf(2)]).toEqual([[zxid("1:1")], [zxid("1:1")]]);
});

/** Servers 1 and 3 have committed 1:1; 3 leads 1 again, in epoch 2. Server 2 was not there. */
function inSecondEpoch({ readable = 7, reconfigEnabled = false } = {}): ModelScenario {
  const model = new ModelScenario({ down: [2, 4, 5], reconfigEnabled }).elect(3).settle().run("3 proposes").settle();
  model.run("3 loses power", "1 x 3", "3 starts").elect(3, readable).settle();
  return model.run("2 starts", "2 joins 3");
}

describe("a learner", () => {
  it("acknowledges NEWLEADER after its whole history is on disk", () => {
    const model = inSecondEpoch({ reconfigEnabled: true }).settle("2 ends a log operation");
    expect(model.ensemble.servers[1]!.disk.currentEpoch).toBe(0);
    model.settle();
    expect(model.ensemble.servers[1]!.disk.currentEpoch).toBe(2);
  });

  it("stores its current epoch after its whole history is on disk", () => {
    const model = inSecondEpoch().settle("2 ends a log operation");
    expect(model.ensemble.servers[1]!.disk.currentEpoch).toBe(0);
  });

  it("flushes records that it appended on a former connection", () => {
    const model = inSecondEpoch().settle("3 -> 2");
    // LEADERINFO; then DIFF and the record, which nothing has asked it to flush.
    model.run("3 -> 2").settle("3 -> 2").run("3 -> 2", "3 -> 2");
    expect(model.zxidsOf(2)).toEqual([zxid("1:1")]);
    model.run("2 x 3", "2 joins 3").settle();
    expect(model.ensemble.servers[1]!.disk.durableZxids).toEqual([zxid("1:1")]);
  });

  it("gets the records that were proposed before it joined and are not applied", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle().run("3 proposes").settle();
    model.run("2 starts", "2 joins 3").settle().run("3 proposes").settle();
    expect(model.zxidsOf(2)).toEqual([zxid("1:1"), zxid("1:2")]);
  });

  it("gets the records that are proposed while it is synchronized", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle().run("2 starts", "2 joins 3");
    model
      .run("2 -> 3", "3 -> 2", "2 ends a file operation", "2 -> 3", "3 proposes")
      .settle()
      .run("3 proposes")
      .settle();
    expect(model.zxidsOf(2)).toEqual([zxid("1:1"), zxid("1:2")]);
  });

  it("loses the records that only it has", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle().run("3 proposes").settle();
    model.run("3 proposes", "3 ends a log operation", "3 loses power", "1 x 3");
    model.run("2 starts").elect(1).settle().run("1 proposes").settle().run("3 starts", "3 joins 1").settle();
    expect(model.zxidsOf(3)).toEqual([zxid("1:1"), zxid("2:1")]);
  });

  it("gets a snapshot if its log begins after the record to which it was asked to truncate", () => {
    const model = new ModelScenario({ down: [2, 4, 5] }).elect(3).settle().run("3 proposes").settle();
    model.run(
      "3 proposes",
      "3 ends a log operation",
      "3 loses power",
      "1 x 3",
      "1 loses power",
      "2 starts",
      "3 starts",
    );
    // Server 3 is never established: 2 installs its snapshot with 1:2, and loses power before it stores the epoch.
    model
      .elect(3, 0)
      .settle("2 ends a file operation")
      .run("2 ends a file operation")
      .settle("2 ends a file operation");
    model.run("3 loses power", "2 loses power", "1 starts", "2 starts");
    expect(model.zxidsOf(2)).toEqual([zxid("1:1"), zxid("1:2")]);
    model.elect(1).settle().run("2 joins 1").settle();
    expect(model.zxidsOf(2)).toEqual([zxid("1:1")]);
  });
});
