import { ErrorCode, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { silentLogger, systemClock } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { SessionTracker } from "../sessions/session-tracker.js";
import { MemoryStorage } from "../storage/memory-storage.js";
import { DataTree } from "../tree/data-tree.js";
import type { Txn, TxnRecord } from "../tree/txn.js";
import { Pipeline, type PipelineOptions } from "./pipeline.js";
import type { Validated } from "./validate.js";

/** A promise that a test settles. */
class Gate<T> {
  resolve!: (value: T) => void;
  reject!: (cause: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** A storage whose disk takes as long as a test says. */
class SlowStorage extends MemoryStorage {
  readonly records: TxnRecord[] = [];
  readonly flushes: Gate<void>[] = [];
  readonly snapshots: Gate<undefined>[] = [];

  override append(record?: TxnRecord): void {
    this.records.push(record!);
  }

  override flush(): Promise<void> {
    const flush = new Gate<void>();
    this.flushes.push(flush);
    return flush.promise;
  }

  override snapshot(): Promise<undefined> {
    const snapshot = new Gate<undefined>();
    this.snapshots.push(snapshot);
    return snapshot.promise;
  }
}

function setUp(options: Partial<PipelineOptions> = {}) {
  const limits = { tickTimeMs: 100, minSessionTimeoutMs: 100, maxSessionTimeoutMs: 1000 };
  const sessions = new SessionTracker(limits, 1n, 0);
  const session = sessions.create(1000, 0);
  const tree = new DataTree();
  const storage = new SlowStorage();
  const deferred: (() => void)[] = [];
  const failures: unknown[] = [];
  const pipeline = new Pipeline({
    ...{ tree, sessions, storage, clock: systemClock, logger: silentLogger, audit: undefined },
    ...{ snapCount: 1000, sinceSnapshot: 0, defer: (task) => void deferred.push(task) },
    ...{ onBatchApplied() {}, onFailure: (cause) => void failures.push(cause) },
    ...options,
  });
  const answers: string[] = [];
  const write = (name: string, validated: Validated = creation(`/${name}`)): void =>
    pipeline.write(session, 1, typeof validated === "number" ? OpCode.create : validated.type, {
      validate: () => validated,
      applied: ({ err }) => void answers.push(`${name} ${err}`),
    });
  /** All that has arrived is read: what was deferred runs, up to the disk. */
  const endTurn = async (): Promise<void> => {
    for (const task of deferred.splice(0)) task();
    await settled();
  };
  return { pipeline, tree, storage, sessions, session, answers, failures, write, endTurn };
}

/** Lets promises that are settled go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const creation = (path: string, data: Uint8Array | null = null): Txn => ({
  ...{ type: OpCode.create, path, data, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 },
});

describe("the pipeline", () => {
  it("applies and answers nothing before it is on disk", async () => {
    const { tree, storage, answers, write, endTurn } = setUp();
    write("a");
    await endTurn();
    expect([storage.records.length, storage.flushes.length]).toEqual([1, 1]);
    expect([tree.get("/a"), tree.lastZxid, answers]).toEqual([undefined, 0n, []]);
    storage.flushes[0]!.resolve();
    await settled();
    expect([tree.get("/a") !== undefined, tree.lastZxid, answers]).toEqual([true, 1n, ["a 0"]]);
  });

  it("carries what arrives during a flush with the next one, each in its turn", async () => {
    const { storage, answers, write, endTurn } = setUp();
    write("a");
    await endTurn();
    write("b");
    write("c");
    storage.flushes[0]!.resolve();
    await settled();
    expect(answers).toEqual(["a 0"]);
    storage.flushes[1]!.resolve();
    await settled();
    expect(answers).toEqual(["a 0", "b 0", "c 0"]);
    expect(storage.flushes).toHaveLength(2);
  });

  it("answers a refusal in its turn, behind the writes before it", async () => {
    const { storage, answers, write, endTurn } = setUp();
    write("a");
    write("refused", ErrorCode.NO_NODE);
    write("b");
    await endTurn();
    expect(answers).toEqual([]);
    storage.flushes[0]!.resolve();
    await settled();
    expect(answers).toEqual(["a 0", `refused ${ErrorCode.NO_NODE}`, "b 0"]);
    expect(storage.records.map(({ header }) => header.zxid)).toEqual([1n, 2n, 3n]);
  });

  it("lets a barrier pass when all before it is on disk, and at once when nothing is on its way", async () => {
    const { pipeline, storage, answers, write, endTurn } = setUp();
    pipeline.barrier(() => answers.push("first barrier"));
    expect(answers).toEqual(["first barrier"]);
    write("a");
    pipeline.barrier((_, zxid) => answers.push(`barrier at ${zxid}`));
    await endTurn();
    expect(answers).toEqual(["first barrier"]);
    storage.flushes[0]!.resolve();
    await settled();
    expect(answers).toEqual(["first barrier", "a 0", "barrier at 1"]);
  });

  it("drains when all writes are answered and the snapshot that they began is written", async () => {
    const { pipeline, storage, write, endTurn } = setUp({ snapCount: 1 });
    write("a");
    await endTurn();
    let isDrained = false;
    const drained = pipeline.drain().then(() => {
      isDrained = true;
    });
    await settled();
    expect(isDrained).toBe(false);
    storage.flushes[0]!.resolve();
    await settled();
    expect([storage.snapshots.length, isDrained]).toEqual([1, false]);
    storage.snapshots[0]!.resolve(undefined);
    await drained;
  });

  it("drains, and answers nothing more, when the disk refuses", async () => {
    const { pipeline, tree, storage, answers, failures, write, endTurn } = setUp();
    write("a");
    await endTurn();
    const drained = pipeline.drain();
    const cause = new Error("no space");
    storage.flushes[0]!.reject(cause);
    await drained;
    write("b");
    await endTurn();
    expect([answers, failures, tree.lastZxid, storage.flushes.length]).toEqual([[], [cause], 0n, 1]);
  });

  it("refuses what could not be read back, and ends a session whatever the length of its list of ephemerals", async () => {
    const { pipeline, session, tree, storage, answers, write, endTurn } = setUp({ maxTxnBytes: 1000 });
    write("large", creation("/large", new Uint8Array(1000)));
    write("acl", { ...creation("/acl"), acl: Array.from({ length: 100 }, () => OPEN_ACL_UNSAFE[0]!) } as Txn);
    write("multi", { type: OpCode.multi, txns: Array.from({ length: 10 }, (_, index) => creation(`/m${index}`)) });
    for (let i = 0; i < 400; i++) write(`e${i}`, { ...creation(`/e${i}`), ephemeral: true } as Txn);
    pipeline.closeSession(session, 1, () => answers.push("closed"));
    await endTurn();
    storage.flushes[0]!.resolve();
    await settled();
    const refused = ["large", "acl", "multi"].map((name) => `${name} ${ErrorCode.MARSHALLING_ERROR}`);
    expect([answers.slice(0, 4), answers.at(-1)]).toEqual([[...refused, "e0 0"], "closed"]);
    expect(storage.records.at(-1)!.txn).toEqual({ type: OpCode.closeSession, paths: null });
    expect([...tree.ephemeralsOf(session.id)]).toEqual([]);
  });
});
