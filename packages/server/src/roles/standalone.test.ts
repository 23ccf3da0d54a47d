import { CreateMode, create, ErrorCode, JuteReader, JuteWriter, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { systemClock } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { Gate } from "../../test-support/wire/gate.js";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { Session } from "../sessions/session.js";
import { sessionPassword } from "../sessions/session-id.js";
import { MemoryStorage } from "../storage/memory-storage.js";
import type { DataTree } from "../tree/data-tree.js";
import type { TxnRecord } from "../tree/txn.js";
import { Standalone } from "./standalone.js";

/** Storage whose disk takes as long as the test says. */
class SlowStorage extends MemoryStorage {
  #hasInitial = false;
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

  /** The first one, of the initial tree, is written at once. */
  override snapshot(): Promise<undefined> {
    if (!this.#hasInitial) {
      this.#hasInitial = true;
      return Promise.resolve(undefined);
    }
    const snapshot = new Gate<undefined>();
    this.snapshots.push(snapshot);
    return snapshot.promise;
  }
}

const anySync = { sessionId: 7n, cxid: 1, type: OpCode.sync, body: new JuteReader(), ids: [] };

class Scenario {
  readonly storage: SlowStorage;
  readonly answers: string[] = [];
  readonly failures: unknown[] = [];
  readonly audited: string[] = [];
  readonly #deferred: (() => void)[] = [];
  readonly tree: DataTree;
  readonly role: Standalone;
  readonly sessions: Standalone["sessions"];
  readonly session: Session;
  now = 0;

  private constructor(database: Database, options: ResolvedServerOptions, storage: SlowStorage, maxTxnBytes: number) {
    this.storage = storage;
    this.tree = database.tree;
    this.role = new Standalone({
      ...{ database, maxTxnBytes, passwordOf: sessionPassword },
      options: { ...options, clock: { ...systemClock, now: () => this.now } },
      audit: { sessionEnded: (id, paths) => void this.audited.push(`${id} ${paths.join()}`) },
      defer: (task) => void this.#deferred.push(task),
      onBatchApplied: () => {},
      onSessionExpired: () => void this.answers.push("expired"),
      onFailure: (cause) => void this.failures.push(cause),
    });
    this.sessions = this.role.sessions;
    this.session = this.sessions.create(1000, 0);
  }

  static async start({ snapCount = 1000, maxTxnBytes = 100_000 } = {}): Promise<Scenario> {
    const storage = new SlowStorage();
    const options = resolveServerOptions({ snapCount, tickTimeMs: 100, maxSessionTimeoutMs: 1000 });
    return new Scenario(await Database.recover(storage, options), options, storage, maxTxnBytes);
  }

  create(name: string, flags: number = CreateMode.PERSISTENT, path = `/${name}`): void {
    const out = new JuteWriter();
    create.writeRequest(out, { path, data: null, acl: OPEN_ACL_UNSAFE, flags });
    const body = new JuteReader(out.take());
    const request = { sessionId: this.session.id, cxid: 1, type: OpCode.create, body, ids: [] };
    this.role.submit(request, { applied: ({ err }) => void this.answers.push(`${name} ${err}`) });
  }

  /** Everything that has arrived is read: deferred tasks run, up to the disk. */
  async endTurn(): Promise<void> {
    for (const task of this.#deferred.splice(0)) task();
    await settled();
  }

  async flushed(index: number): Promise<void> {
    this.storage.flushes[index]!.resolve();
    await settled();
  }
}

/** Lets settled promises run their reactions. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a standalone server", () => {
  it("applies and answers nothing before it is on disk", async () => {
    const scenario = await Scenario.start();
    const { tree, storage, answers } = scenario;
    scenario.create("a");
    await scenario.endTurn();
    expect([storage.records.length, storage.flushes.length]).toEqual([1, 1]);
    expect([tree.get("/a"), tree.lastZxid, answers]).toEqual([undefined, 0n, []]);
    await scenario.flushed(0);
    expect([tree.get("/a") !== undefined, tree.lastZxid, answers]).toEqual([true, 1n, ["a 0"]]);
  });

  it("answers writes and refusals in the order of their requests", async () => {
    const scenario = await Scenario.start();
    const { storage, answers } = scenario;
    scenario.create("a");
    await scenario.endTurn();
    scenario.create("refused", CreateMode.PERSISTENT, "/none/x");
    scenario.create("b");
    await scenario.flushed(0);
    expect(answers).toEqual(["a 0"]);
    await scenario.flushed(1);
    expect(answers).toEqual(["a 0", `refused ${ErrorCode.NO_NODE}`, "b 0"]);
    expect(storage.records.map(({ header }) => header.zxid)).toEqual([1n, 2n, 3n]);
  });

  it("answers a sync after the writes before it, and at once when there is none", async () => {
    const scenario = await Scenario.start();
    const { role, answers } = scenario;
    const sync = (): void => role.sync(anySync, { applied: (_, zxid) => void answers.push(`sync at ${zxid}`) });
    sync();
    expect(answers).toEqual(["sync at 0"]);
    scenario.create("a");
    sync();
    await scenario.endTurn();
    expect(answers).toEqual(["sync at 0"]);
    await scenario.flushed(0);
    expect(answers).toEqual(["sync at 0", "a 0", "sync at 1"]);
  });

  it("drains when all writes are answered and the snapshot that they began is written", async () => {
    const scenario = await Scenario.start({ snapCount: 2 });
    const { role, storage } = scenario;
    scenario.create("a");
    scenario.create("b");
    await scenario.endTurn();
    let isDrained = false;
    const drained = role.drain().then(() => {
      isDrained = true;
    });
    await settled();
    expect(isDrained).toBe(false);
    await scenario.flushed(0);
    expect([storage.snapshots.length, isDrained]).toEqual([1, false]);
    storage.snapshots[0]!.resolve(undefined);
    await drained;
  });

  it("drains, and answers nothing more, when the log cannot be written", async () => {
    const scenario = await Scenario.start();
    const { role, tree, storage, answers, failures } = scenario;
    scenario.create("a");
    await scenario.endTurn();
    const drained = role.drain();
    const cause = new Error("no space");
    storage.flushes[0]!.reject(cause);
    await drained;
    scenario.create("b");
    await scenario.endTurn();
    expect([answers, failures, tree.lastZxid, storage.flushes.length]).toEqual([[], [cause], 0n, 1]);
  });

  it("refuses writes of a session from the moment its close is proposed, and of one that does not exist", async () => {
    const scenario = await Scenario.start();
    const { role, session, sessions, tree, audited, answers } = scenario;
    scenario.create("e", CreateMode.EPHEMERAL);
    role.closeSession(session.id, 2, { applied: () => void answers.push("closed") });
    scenario.create("late", CreateMode.EPHEMERAL);
    await scenario.endTurn();
    await scenario.flushed(0);
    expect(answers).toEqual(["e 0", "closed", `late ${ErrorCode.SESSION_EXPIRED}`]);
    expect([...tree.ephemeralsOf(session.id)]).toEqual([]);
    expect([sessions.get(session.id), audited]).toEqual([undefined, [`${session.id} /e`]]);
    scenario.create("unknown");
    await scenario.endTurn();
    await scenario.flushed(1);
    expect(answers.at(-1)).toBe(`unknown ${ErrorCode.UNKNOWN_SESSION}`);
  });

  it("closes a session whose list of ephemerals is too long for a transaction", async () => {
    const scenario = await Scenario.start({ maxTxnBytes: 1000 });
    const { role, session, tree, storage, answers } = scenario;
    for (let i = 0; i < 400; i++) scenario.create(`e${i}`, CreateMode.EPHEMERAL);
    role.closeSession(session.id, 1, { applied: () => void answers.push("closed") });
    await scenario.endTurn();
    await scenario.flushed(0);
    expect([answers[0], answers.at(-1)]).toEqual(["e0 0", "closed"]);
    expect(storage.records.at(-1)!.txn).toEqual({ type: OpCode.closeSession, paths: null });
    expect([...tree.ephemeralsOf(session.id)]).toEqual([]);
  });
});

describe("the sessions of a standalone server", () => {
  it("are opened when their creation is on disk", async () => {
    const scenario = await Scenario.start();
    const { role, tree, answers } = scenario;
    role.openSession(1_000_000, ({ timeoutMs }) => void answers.push(`opened with ${timeoutMs}`));
    await scenario.endTurn();
    expect([answers, tree.sessions.size]).toEqual([[], 0]);
    await scenario.flushed(0);
    expect([answers, [...tree.sessions.values()]]).toEqual([["opened with 1000"], [1000]]);
  });

  it("are resumed with their password only", async () => {
    const { role, session, sessions, answers } = await Scenario.start();
    const { id: sessionId } = session;
    const resumed = (view: unknown): void => void answers.push(view === undefined ? "refused" : "resumed");
    role.resumeSession({ sessionId, password: new Uint8Array(16), timeoutMs: 500 }, resumed);
    role.resumeSession({ sessionId, password: sessions.passwordOf(sessionId), timeoutMs: 500 }, resumed);
    expect(answers).toEqual(["refused", "resumed"]);
  });

  it("expire without a sign of life: the connection ends when the close is on disk", async () => {
    const scenario = await Scenario.start();
    const { role, session, sessions, answers } = scenario;
    sessions.attach(session.id, { end: () => void answers.push("connection ended"), destroy() {} });
    scenario.now = 10_000;
    role.tick();
    await scenario.endTurn();
    expect(answers).toEqual(["expired"]);
    await scenario.flushed(0);
    expect(answers).toEqual(["expired", "connection ended"]);
    expect(sessions.get(session.id)).toBeUndefined();
  });

  it("end a connection that was attached between the proposal of their close and its commit", async () => {
    const scenario = await Scenario.start();
    const { role, session, sessions, answers } = scenario;
    sessions.remove(session.id);
    role.openSession(500, ({ id }) => {
      answers.push("opened");
      sessions.attach(id, { end: () => void answers.push("connection ended"), destroy() {} });
    });
    scenario.now = 10_000;
    role.tick();
    await scenario.endTurn();
    await scenario.flushed(0);
    expect(answers).toEqual(["expired", "opened", "connection ended"]);
  });
});
