import { type Id, JuteReader, JuteWriter, multi, OpCode } from "@conclave/protocol";
import type { Database } from "../database/database.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { AuditLog } from "../pipeline/audit-log.js";
import { CommitQueue } from "../pipeline/commit-queue.js";
import type { Waiter, WriteRequest } from "../pipeline/write-request.js";
import { LearnerSessions } from "../sessions/learner-sessions.js";
import { endExpired, LearnerSessionsWithLocal, takeLocal } from "../sessions/local-sessions.js";
import type { Session } from "../sessions/session.js";
import { initialSessionId } from "../sessions/session-id.js";
import { grantedTimeout } from "../sessions/session-limits.js";
import type { TxnRecord, TxnResult } from "../tree/txn.js";
import { ForwardedRequests } from "./forwarded-requests.js";
import { createsEphemeral, refusedAsLocal, syncOf } from "./local-clients.js";
import type { ResumeRequest, Role, SessionOwner } from "./role.js";

/** A client's request as it is sent to the leader. */
export interface ForwardedRequest {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly type: number;
  /** Valid until the call returns to which the request is given. */
  readonly body: Uint8Array;
  /** Ids that the client has authenticated. */
  readonly ids: readonly Id[];
}

/** Connection to the leader. What is sent on it arrives in order, or the connection ends and the role with it. */
export interface LeaderLink {
  request(request: ForwardedRequest): void;
  /** Asks whether a session still exists. {@link LearnerRole.revalidated} answers. */
  revalidate(sessionId: bigint, timeoutMs: number): void;
}

export interface LearnerRoleParts {
  /** An observer has no vote; clients notice no difference. */
  readonly mode: "follower" | "observer";
  /** This server's id in the ensemble: the upper byte of the session ids that it makes. */
  readonly serverId: number;
  readonly database: Database;
  readonly options: ResolvedServerOptions;
  readonly leader: LeaderLink;
  /** Derives the password of a session from its id. */
  readonly passwordOf: (sessionId: bigint) => Uint8Array;
  /** Audit log of ephemerals removed with a session; `undefined` when auditing is off. */
  readonly audit: Pick<AuditLog, "sessionEnded"> | undefined;
  /** Called after clients were answered: the time to send the replies. */
  readonly onBatchApplied: () => void;
  /** Called for each local session that expires. */
  readonly onSessionExpired?: (() => void) | undefined;
}

/**
 * Role of a server that follows a leader: it forwards the writes of its clients, applies what the leader commits, and answers
 * from its own tree. Writes, session changes and `sync` of one client reach the leader in the order of its requests.
 */
export class LearnerRole implements Role {
  readonly #parts: LearnerRoleParts;
  readonly #queue: CommitQueue;
  readonly #forwarded = new ForwardedRequests();
  /** Called in order, one for each answer of the leader to a `sync`. */
  readonly #syncs: (() => void)[] = [];
  readonly #revalidations = new Map<bigint, ((isValid: boolean) => void)[]>();
  readonly mode: "follower" | "observer";
  readonly sessions: LearnerSessions<SessionOwner>;
  /** The sessions, if there are local ones. */
  readonly #locals: LearnerSessionsWithLocal<SessionOwner> | undefined;
  /** Called when a client of this server asks to resume a session. */
  onResumed: (sessionId: bigint) => void = () => {};
  /** Quotas are checked by the leader. */
  readonly quotaRefusals = 0;

  constructor(parts: LearnerRoleParts) {
    const { database, options, mode, serverId, passwordOf, onBatchApplied } = parts;
    const { tree } = database;
    this.#parts = parts;
    this.mode = mode;
    const firstId = initialSessionId(serverId, options.clock.wallTime());
    const known = { timeouts: tree.sessions, firstId, passwordOf };
    if (options.ensemble?.localSessionsEnabled === true) {
      this.#locals = new LearnerSessionsWithLocal(known, options, options.clock.now());
    }
    this.sessions = this.#locals ?? new LearnerSessions(known);
    this.#queue = new CommitQueue({
      lastZxid: tree.lastZxid,
      apply: (record) => this.#apply(record),
      onAdvanced: (count) => {
        onBatchApplied();
        database.applied(count);
      },
    });
  }

  get localSessions(): number {
    return this.#locals?.local.size ?? 0;
  }

  get outstanding(): number {
    return this.#queue.outstanding + this.#forwarded.size + this.#syncs.length;
  }

  submit({ sessionId, cxid, type, body, ids }: WriteRequest, waiter: Waiter): void {
    const needsUpgrade = this.#locals?.local.get(sessionId) !== undefined && createsEphemeral(type, body);
    const isRefused = needsUpgrade && !this.#upgrade(sessionId);
    const request = { sessionId, cxid, type, body: body.readRest(), ids };
    // The leader refuses it in the order of the client's writes.
    this.#forward(request, isRefused ? refusedAsLocal(waiter) : waiter);
  }

  /** Has the leader create a local session for the whole ensemble. Returns false if that is disabled. */
  #upgrade(sessionId: bigint): boolean {
    const { options } = this.#parts;
    if (options.ensemble?.localSessionsUpgradingEnabled !== true) return false;
    const { timeoutMs, owner } = takeLocal(this.#locals!, sessionId)!;
    this.sessions.serve(sessionId, timeoutMs);
    if (owner !== undefined) this.sessions.attach(sessionId, owner);
    this.#createSession(sessionId, timeoutMs, NO_WAITER);
    return true;
  }

  /** The session accepts nothing more here from now on; the leader refuses what other servers still forward. */
  closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void {
    const isLocal = this.#locals !== undefined && takeLocal(this.#locals, sessionId) !== undefined;
    if (isLocal) return this.sync(syncOf(sessionId, cxid), waiter);
    this.sessions.markClosing(sessionId);
    this.#forward({ sessionId, cxid, type: OpCode.closeSession, body: NOTHING, ids: [] }, waiter);
  }

  sync({ sessionId, cxid, type, body, ids }: WriteRequest, waiter: Waiter): void {
    this.#syncs.push(() => this.#queue.barrierAtCommitted(waiter));
    this.#parts.leader.request({ sessionId, cxid, type, body: body.readRest(), ids });
  }

  /** Forwards a request of another server's client, whose result that server learns from the transaction. */
  relay(request: ForwardedRequest): void {
    this.#parts.leader.request(request);
  }

  /** Forwards a `sync` of another server's client. Calls `synced` when the leader has answered it. */
  relaySync(request: ForwardedRequest, synced: () => void): void {
    this.#syncs.push(synced);
    this.#parts.leader.request(request);
  }

  /**
   * Asks the leader about a session of another server's client, and touches the session if it is valid. A client of this server
   * that used it is disconnected: it has moved.
   */
  relayRevalidation(sessionId: bigint, timeoutMs: number, answered: (isValid: boolean) => void): void {
    this.sessions.remove(sessionId)?.destroy();
    this.#revalidate(sessionId, timeoutMs, (isValid) => {
      if (isValid) this.relayTouch(sessionId, timeoutMs);
      answered(isValid);
    });
  }

  /** Takes a sign of life of another server's client, for the leader. */
  relayTouch(id: bigint, timeoutMs: number): void {
    this.sessions.touch({ id, timeoutMs, isClosing: false });
  }

  openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void {
    const { options } = this.#parts;
    if (this.#locals !== undefined) return opened(this.#locals.local.create(requestedTimeoutMs, options.clock.now()));
    const timeoutMs = grantedTimeout(requestedTimeoutMs, options);
    const sessionId = this.sessions.newId();
    this.#createSession(sessionId, timeoutMs, { applied: () => opened(this.sessions.serve(sessionId, timeoutMs)) });
  }

  #createSession(sessionId: bigint, timeoutMs: number, waiter: Waiter): void {
    const body = new JuteWriter(4);
    body.writeInt(timeoutMs);
    this.#forward({ sessionId, cxid: 0, type: OpCode.createSession, body: body.take(), ids: [] }, waiter);
  }

  resumeSession(
    { sessionId, password, timeoutMs: requested }: ResumeRequest,
    resumed: (session: Session | undefined) => void,
  ): void {
    const { clock } = this.#parts.options;
    const locals = this.#locals;
    if (locals?.local.get(sessionId) !== undefined) {
      return resumed(locals.local.resume(sessionId, password, requested, clock.now()));
    }
    if (!this.sessions.isPassword(sessionId, password)) return resumed(undefined);
    const timeoutMs = grantedTimeout(requested, this.#parts.options);
    const answer = (isValid: boolean): void => resumed(isValid ? this.sessions.serve(sessionId, timeoutMs) : undefined);
    this.onResumed(sessionId);
    this.#revalidate(sessionId, timeoutMs, answer);
  }

  #revalidate(sessionId: bigint, timeoutMs: number, answer: (isValid: boolean) => void): void {
    const waiting = this.#revalidations.get(sessionId);
    if (waiting === undefined) this.#revalidations.set(sessionId, [answer]);
    else waiting.push(answer);
    this.#parts.leader.revalidate(sessionId, timeoutMs);
  }

  /** Takes the leader's answer to the oldest {@link LeaderLink.revalidate} of a session. */
  revalidated(sessionId: bigint, isValid: boolean): void {
    const waiting = this.#revalidations.get(sessionId);
    const answer = waiting?.shift();
    if (waiting?.length === 0) this.#revalidations.delete(sessionId);
    answer?.(isValid);
    this.#parts.onBatchApplied();
  }

  /**
   * Takes the leader's answer to the oldest forwarded `sync`. It comes after the commit of everything that the leader had
   * proposed when it took the request, and may come after proposals of later requests of the same client.
   */
  synced(): void {
    this.#syncs.shift()?.();
    this.#parts.onBatchApplied();
  }

  /** Zxid of the last record that is in the tree. */
  get applied(): bigint {
    return this.#queue.applied;
  }

  /** Zxid of the last record that the leader has committed. */
  get committed(): bigint {
    return this.#queue.committed;
  }

  /** Returns the records that are not applied, in order. */
  unapplied(): readonly TxnRecord[] {
    return this.#queue.unapplied();
  }

  /** Takes the next proposal of the leader. The caller appends it to the log. */
  proposed(record: TxnRecord): void {
    const { header, txn } = record;
    const request = this.#forwarded.take(header);
    const waiter = request?.waiter ?? NO_WAITER;
    if (txn.type === OpCode.closeSession) this.#queue.add(record, this.#closing(header.clientId, waiter));
    else this.#queue.add(request?.multi === undefined ? record : asRequested(record, request.multi), waiter);
  }

  /** Ends the connection of a closed session, after the reply to its request. */
  #closing(sessionId: bigint, waiter: Waiter): Waiter {
    return {
      applied: (result, zxid) => {
        waiter.applied(result, zxid);
        this.sessions.remove(sessionId)?.end();
      },
    };
  }

  /** All proposals up to this zxid are on this server's disk. */
  markDurable(zxid: bigint): void {
    this.#queue.markDurable(zxid);
  }

  /** The leader has committed all proposals up to this zxid. */
  markCommitted(zxid: bigint): void {
    this.#queue.markCommitted(zxid);
  }

  /** Ends local sessions that have expired; the leader decides on all others. */
  tick(): void {
    const { options, onSessionExpired = () => {} } = this.#parts;
    if (this.#locals !== undefined) endExpired(this.#locals, options.clock.now(), onSessionExpired);
  }

  start(): void {}
  stop(): void {}

  /** Ends the role: nothing is applied or answered from now on. Returns the records that no leader has committed. */
  end(): readonly TxnRecord[] {
    this.#queue.fail();
    return this.#queue.unapplied();
  }

  /** What is not applied now is the leader's to decide. */
  async drain(): Promise<void> {
    await this.#parts.database.idle();
  }

  #forward(request: ForwardedRequest, waiter: Waiter): void {
    const { sessionId, cxid, type, body } = request;
    this.#forwarded.add(sessionId, { cxid, multi: type === OpCode.multi ? body.slice() : undefined, waiter });
    this.#parts.leader.request(request);
  }

  #apply(record: TxnRecord): TxnResult {
    const { database, audit } = this.#parts;
    const { tree } = database;
    const { clientId } = record.header;
    if (record.txn.type !== OpCode.closeSession) return tree.apply(record);
    const ephemerals = audit === undefined ? [] : [...tree.ephemeralsOf(clientId)];
    const result = tree.apply(record);
    audit?.sessionEnded(clientId, ephemerals);
    return result;
  }
}

/**
 * Returns a multi with the create2 operations of its request. A proposal has them as creates, for Apache's servers before
 * 3.8.2; but the client expects the Stat.
 */
function asRequested(record: TxnRecord, body: Uint8Array): TxnRecord {
  const { txn } = record;
  if (txn.type !== OpCode.multi) return record;
  const types = multi.readRequest(new JuteReader(body)).map(({ type }) => type);
  const txns = txn.txns.map((each, index) =>
    each.type === OpCode.create && types[index] === OpCode.create2 ? { ...each, type: OpCode.create2 } : each,
  );
  return { ...record, txn: { ...txn, txns } };
}

const NOTHING = new Uint8Array(0);
const NO_WAITER: Waiter = { applied() {} };
