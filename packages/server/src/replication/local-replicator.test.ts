import { ErrorCode, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { Gate } from "../../test-support/wire/gate.js";
import type { TxnRecord } from "../tree/txn.js";
import { LocalReplicator } from "./local-replicator.js";

/** A replicator on a disk that takes as long as the test says, and the log of its events. */
class Scenario {
  readonly log: string[] = [];
  readonly flushes: Gate<void>[] = [];
  readonly #deferred: (() => void)[] = [];
  onCommitted: () => void = () => {};
  readonly replicator = new LocalReplicator({
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
    events: {
      durable: (zxid) => void this.log.push(`durable ${zxid}`),
      committed: (zxid) => {
        this.log.push(`committed ${zxid}`);
        this.onCommitted();
      },
      failed: (cause) => void this.log.push(`failed: ${(cause as Error).message}`),
    },
  });

  propose(zxid: bigint): void {
    const header = { clientId: 1n, cxid: 1, zxid, time: 1, type: OpCode.error };
    const record: TxnRecord = { header, txn: { type: OpCode.error, err: ErrorCode.OK } };
    this.replicator.propose(record);
  }

  endTurn(): void {
    for (const task of this.#deferred.splice(0)) task();
  }

  /** Takes what was logged since the last call. */
  async logged(): Promise<string[]> {
    await new Promise(setImmediate);
    return this.log.splice(0);
  }
}

describe("the local replicator", () => {
  it("flushes everything that was proposed in one turn at once, and reports it durable and then committed", async () => {
    const scenario = new Scenario();
    scenario.propose(1n);
    scenario.propose(2n);
    expect(await scenario.logged()).toEqual(["append 1", "append 2"]);
    scenario.endTurn();
    expect(await scenario.logged()).toEqual(["flush"]);
    scenario.flushes[0]!.resolve();
    expect(await scenario.logged()).toEqual(["durable 2", "committed 2"]);
  });

  it("flushes what arrives during a flush with the next one", async () => {
    const scenario = new Scenario();
    scenario.propose(1n);
    scenario.endTurn();
    scenario.propose(2n);
    scenario.propose(3n);
    scenario.endTurn();
    expect(await scenario.logged()).toEqual(["append 1", "flush", "append 2", "append 3"]);
    scenario.flushes[0]!.resolve();
    expect(await scenario.logged()).toEqual(["durable 1", "committed 1", "flush"]);
    scenario.flushes[1]!.resolve();
    expect(await scenario.logged()).toEqual(["durable 3", "committed 3"]);
  });

  it("starts again after it was idle", async () => {
    const scenario = new Scenario();
    for (const zxid of [1n, 2n]) {
      scenario.propose(zxid);
      scenario.endTurn();
      scenario.flushes.at(-1)!.resolve();
      expect(await scenario.logged()).toEqual([`append ${zxid}`, "flush", `durable ${zxid}`, `committed ${zxid}`]);
    }
  });

  it("reports a failed flush once and nothing after it", async () => {
    const scenario = new Scenario();
    scenario.propose(1n);
    scenario.endTurn();
    scenario.propose(2n);
    scenario.flushes[0]!.reject(new Error("no space"));
    expect(await scenario.logged()).toEqual(["append 1", "flush", "append 2", "failed: no space"]);
    scenario.propose(3n);
    scenario.endTurn();
    expect(await scenario.logged()).toEqual([]);
  });

  it("fails when what it reports cannot be applied", async () => {
    const scenario = new Scenario();
    scenario.onCommitted = () => {
      throw new Error("broken tree");
    };
    scenario.propose(1n);
    scenario.endTurn();
    scenario.flushes[0]!.resolve();
    expect(await scenario.logged()).toEqual(["append 1", "flush", "durable 1", "committed 1", "failed: broken tree"]);
  });
});
