import { ErrorCode, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { Gate } from "../../test-support/wire/gate.js";
import { GroupCommit } from "./group-commit.js";

/** A log on a disk that takes as long as the test says, and what it did. */
class Scenario {
  readonly log: string[] = [];
  readonly flushes: Gate<void>[] = [];
  readonly #deferred: (() => void)[] = [];
  readonly commit = new GroupCommit({
    storage: {
      append: ({ header }) => void this.log.push(`append ${header.zxid}`),
      flush: () => {
        this.log.push("flush");
        const flush = new Gate<void>();
        this.flushes.push(flush);
        return flush.promise;
      },
    },
    defer: (task) => void this.#deferred.push(task),
    onDurable: (zxid) => void this.log.push(`durable ${zxid}`),
    onFailed: (cause) => void this.log.push(`failed: ${(cause as Error).message}`),
  });

  append(zxid: bigint): void {
    const header = { clientId: 1n, cxid: 1, zxid, time: 1, type: OpCode.error };
    this.commit.append({ header, txn: { type: OpCode.error, err: ErrorCode.OK } });
  }

  async endTurn(): Promise<void> {
    for (const task of this.#deferred.splice(0)) task();
    await new Promise(setImmediate);
  }
}

describe("a group commit", () => {
  it("reports a zxid that an earlier process may have written, after a flush", async () => {
    const scenario = new Scenario();
    const { commit, log, flushes } = scenario;
    commit.flush(7n);
    await scenario.endTurn();
    expect(log).toEqual(["flush"]);
    flushes[0]!.resolve();
    await scenario.endTurn();
    expect(log).toEqual(["flush", "durable 7"]);
  });

  it("is idle before the first record, and again once all records are durable", async () => {
    const scenario = new Scenario();
    const { commit, log, flushes } = scenario;
    await commit.idle();
    scenario.append(1n);
    const idle = commit.idle().then(() => log.push("idle"));
    await scenario.endTurn();
    scenario.append(2n);
    flushes[0]!.resolve();
    await scenario.endTurn();
    expect(log).toEqual(["append 1", "flush", "append 2", "durable 1", "flush"]);
    flushes[1]!.resolve();
    await idle;
    expect(log.slice(5)).toEqual(["durable 2", "idle"]);
    await commit.idle();
  });

  it("reports one failure, flushes nothing after it, and is idle then", async () => {
    const scenario = new Scenario();
    const { commit, log, flushes } = scenario;
    scenario.append(1n);
    await scenario.endTurn();
    flushes[0]!.reject(new Error("no space"));
    await commit.idle();
    scenario.append(2n);
    commit.flush(3n);
    await scenario.endTurn();
    await commit.idle();
    expect(log).toEqual(["append 1", "flush", "failed: no space", "append 2"]);
  });
});
