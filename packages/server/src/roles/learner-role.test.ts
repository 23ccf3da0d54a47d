import {
  CreateMode,
  create,
  ErrorCode,
  JuteReader,
  JuteWriter,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import type { WriteRequest } from "../pipeline/write-request.js";
import type { Session } from "../sessions/session.js";
import { sessionPassword } from "../sessions/session-id.js";
import { MemoryStorage } from "../storage/memory-storage.js";
import type { Txn } from "../tree/txn.js";
import { LearnerRole } from "./learner-role.js";

/** A follower with server id 2, and the log of what it sends to its leader and answers to its clients. */
class Scenario {
  readonly log: string[] = [];
  readonly database: Database;
  readonly role: LearnerRole;
  #zxid = 0n;

  private constructor(database: Database) {
    this.database = database;
    const options = resolveServerOptions({ tickTimeMs: 100, maxSessionTimeoutMs: 1000 });
    this.role = new LearnerRole({
      ...{ mode: "follower", serverId: 2, database, options, passwordOf: sessionPassword },
      audit: { sessionEnded: (id, paths) => void this.log.push(`audit: ${id} ended with ${paths.join()}`) },
      onBatchApplied: () => {},
      leader: {
        request: ({ type, cxid, body }) => void this.log.push(`request ${type}, cxid ${cxid}, ${body.length} bytes`),
        revalidate: (id, timeoutMs) => void this.log.push(`revalidate ${id} for ${timeoutMs} ms`),
      },
    });
  }

  static async start(): Promise<Scenario> {
    const options = resolveServerOptions({ tickTimeMs: 100, maxSessionTimeoutMs: 1000 });
    return new Scenario(await Database.recover(new MemoryStorage(), options));
  }

  write(path: string, cxid: number, sessionId = 7n): void {
    const out = new JuteWriter();
    create.writeRequest(out, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });
    const body = new JuteReader(out.take());
    this.role.submit({ sessionId, cxid, type: OpCode.create, body, ids: [] }, this.answer(`reply ${cxid}`));
  }

  answer(name: string) {
    return { applied: ({ err }: { err: number }, zxid: bigint) => void this.log.push(`${name}: ${err} at ${zxid}`) };
  }

  /** The leader proposes a transaction. */
  proposed(clientId: bigint, cxid: number, txn: Txn): void {
    this.#zxid++;
    this.role.proposed({ header: { clientId, cxid, zxid: this.#zxid, time: 1, type: txn.type }, txn });
  }

  /** Everything proposed becomes durable here and committed by the leader. */
  committed(): void {
    this.role.markDurable(this.#zxid);
    this.role.markCommitted(this.#zxid);
  }

  taken(): string[] {
    return this.log.splice(0);
  }

  async opened(): Promise<Session> {
    let session: Session | undefined;
    this.role.openSession(5000, (opened) => {
      session = opened;
    });
    const [id] = [...this.#newSessions];
    this.proposed(id!, 0, { type: OpCode.createSession, timeoutMs: 1000 });
    this.committed();
    return session!;
  }

  get #newSessions(): bigint[] {
    return [this.role.sessions.newId() - 1n];
  }
}

const created = (path: string): Txn => ({
  ...{ type: OpCode.create, path, data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: -1 },
});
const refused: Txn = { type: OpCode.error, err: ErrorCode.NO_NODE };
const sync: WriteRequest = { sessionId: 7n, cxid: 9, type: OpCode.sync, body: new JuteReader(), ids: [] };

describe("a follower", () => {
  it("forwards a write, and answers it when the leader has committed it and it is on its own disk", async () => {
    const scenario = await Scenario.start();
    scenario.write("/a", 1);
    expect(scenario.taken()).toEqual([expect.stringMatching(/^request 1, cxid 1, \d+ bytes$/)]);
    scenario.proposed(7n, 1, created("/a"));
    scenario.role.markCommitted(1n);
    expect(scenario.taken()).toEqual([]);
    scenario.role.markDurable(1n);
    expect(scenario.taken()).toEqual(["reply 1: 0 at 1"]);
    expect(scenario.database.tree.get("/a")).toBeDefined();
  });

  it("answers a write that the leader refused with the code of the refusal", async () => {
    const scenario = await Scenario.start();
    scenario.write("/no/parent", 1);
    scenario.proposed(7n, 1, refused);
    scenario.committed();
    expect(scenario.taken().at(-1)).toBe(`reply 1: ${ErrorCode.NO_NODE} at 1`);
  });

  it("answers the writes of a session in their order, among transactions of other servers", async () => {
    const scenario = await Scenario.start();
    scenario.write("/a", 1);
    scenario.write("/b", 2);
    scenario.write("/c", 1, 8n);
    scenario.taken();
    expect(scenario.role.outstanding).toBe(3);
    scenario.proposed(9n, 1, created("/elsewhere"));
    scenario.proposed(7n, 1, created("/a"));
    scenario.proposed(8n, 1, created("/c"));
    // Of a session that moved here: its former server forwarded it.
    scenario.proposed(7n, 77, created("/former"));
    scenario.proposed(7n, 2, created("/b"));
    scenario.committed();
    expect(scenario.taken()).toEqual(["reply 1: 0 at 2", "reply 1: 0 at 3", "reply 2: 0 at 5"]);
    expect(scenario.role.outstanding).toBe(0);
  });

  it("answers a create2 within a multi with the Stat, although the proposal has a create", async () => {
    const scenario = await Scenario.start();
    const out = new JuteWriter();
    const operation = { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT };
    multi.writeRequest(out, [
      { type: OpCode.create2, ...operation },
      { type: OpCode.create, ...operation, path: "/b" },
    ]);
    const results: unknown[] = [];
    scenario.role.submit(
      { sessionId: 7n, cxid: 1, type: OpCode.multi, body: new JuteReader(out.take()), ids: [] },
      { applied: (result) => void results.push(...(result.results ?? [])) },
    );
    scenario.proposed(7n, 1, { type: OpCode.multi, txns: [created("/a"), created("/b")] });
    scenario.committed();
    expect(results).toMatchObject([
      { type: OpCode.create2, path: "/a", stat: { czxid: 1n } },
      { type: OpCode.create, path: "/b", stat: undefined },
    ]);
  });

  it("answers a sync after everything that the leader had proposed before", async () => {
    const scenario = await Scenario.start();
    scenario.role.sync(sync, scenario.answer("sync"));
    scenario.proposed(9n, 1, created("/elsewhere"));
    scenario.role.markCommitted(1n);
    scenario.role.synced();
    expect(scenario.taken()).toEqual(["request 9, cxid 9, 0 bytes"]);
    scenario.role.markDurable(1n);
    expect(scenario.taken()).toEqual(["sync: 0 at 1"]);
  });

  it("answers a sync before a later write of the same client, even if that is proposed before the leader's answer", async () => {
    const scenario = await Scenario.start();
    scenario.proposed(9n, 1, created("/elsewhere"));
    scenario.role.sync(sync, scenario.answer("sync"));
    scenario.write("/later", 10);
    scenario.proposed(7n, 10, created("/later"));
    scenario.role.markCommitted(1n);
    scenario.role.synced();
    scenario.taken();
    scenario.role.markDurable(2n);
    expect(scenario.taken()).toEqual(["sync: 0 at 1"]);
    scenario.role.markCommitted(2n);
    expect(scenario.taken()).toEqual(["reply 10: 0 at 2"]);
  });

  it("opens a session when the leader has created it, with an id of its own and a timeout within the limits", async () => {
    const scenario = await Scenario.start();
    const session = await scenario.opened();
    expect(session.id >> 56n).toBe(2n);
    expect(session.timeoutMs).toBe(1000);
    scenario.role.sessions.touch(session);
    expect([...scenario.role.sessions.takeTouched()]).toEqual([[session.id, 1000]]);
  });

  it("resumes a session when the leader confirms it, and asks for none with a wrong password", async () => {
    const scenario = await Scenario.start();
    const resumed: (Session | undefined)[] = [];
    const resume = (password: Uint8Array): void =>
      scenario.role.resumeSession({ sessionId: 7n, password, timeoutMs: 400 }, (session) => void resumed.push(session));
    resume(sessionPassword(8n));
    expect(resumed).toEqual([undefined]);
    expect(scenario.taken()).toEqual([]);
    resume(sessionPassword(7n));
    resume(sessionPassword(7n));
    expect(scenario.taken()).toEqual(["revalidate 7 for 400 ms", "revalidate 7 for 400 ms"]);
    scenario.role.revalidated(7n, true);
    scenario.role.revalidated(7n, false);
    scenario.role.revalidated(7n, true);
    expect(resumed.map((session) => session?.id)).toEqual([undefined, 7n, undefined]);
  });

  it("ends the connection of a session that another server closed or that expired, after its last reply", async () => {
    const scenario = await Scenario.start();
    const session = await scenario.opened();
    scenario.role.sessions.attach(session.id, { end: () => void scenario.log.push("end"), destroy: () => {} });
    scenario.write("/last", 5, session.id);
    scenario.taken();
    scenario.proposed(session.id, 5, created("/last"));
    scenario.proposed(session.id, 0, { type: OpCode.closeSession, paths: [] });
    scenario.committed();
    expect(scenario.taken()).toEqual(["reply 5: 0 at 2", `audit: ${session.id} ended with `, "end"]);
    expect(session.isClosing).toBe(true);
  });

  it("accepts nothing more of a session as soon as its client asks to close it", async () => {
    const scenario = await Scenario.start();
    const session = await scenario.opened();
    scenario.taken();
    scenario.role.closeSession(session.id, 3, scenario.answer("closed"));
    expect(session.isClosing).toBe(true);
    expect(scenario.taken()).toEqual(["request -11, cxid 3, 0 bytes"]);
    scenario.proposed(session.id, 3, { type: OpCode.closeSession, paths: [] });
    scenario.committed();
    expect(scenario.taken()).toContain("closed: 0 at 2");
  });

  it("answers nothing once its role has ended, and leaves what was not committed", async () => {
    const scenario = await Scenario.start();
    scenario.write("/a", 1);
    scenario.taken();
    scenario.proposed(7n, 1, created("/a"));
    const unapplied = scenario.role.end();
    expect(unapplied.map(({ header }) => header.zxid)).toEqual([1n]);
    scenario.committed();
    expect(scenario.taken()).toEqual([]);
    expect(scenario.database.tree.get("/a")).toBeUndefined();
  });
});
