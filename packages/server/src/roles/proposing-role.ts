import { OpCode } from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import type { Database } from "../database/database.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { AuditLog } from "../pipeline/audit-log.js";
import { CommitQueue } from "../pipeline/commit-queue.js";
import { Proposer } from "../pipeline/proposer.js";
import { QuotaGuard } from "../pipeline/quota-guard.js";
import type { Reconfiguration } from "../pipeline/validate.js";
import type { Waiter, WriteRequest } from "../pipeline/write-request.js";
import type { ZxidSource } from "../pipeline/zxid-source.js";
import type { Replicator } from "../replication/replicator.js";
import type { Session } from "../sessions/session.js";
import { SessionAuthority } from "../sessions/session-authority.js";
import { initialSessionId } from "../sessions/session-id.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { TxnRecord, TxnResult } from "../tree/txn.js";
import type { ResumeRequest, Role, SessionOwner } from "./role.js";
import { writePolicy } from "./write-policy.js";

export interface ProposingRoleParts {
  readonly database: Database;
  readonly options: ResolvedServerOptions;
  /** Derives the password of a session from its id. */
  readonly passwordOf: (sessionId: bigint) => Uint8Array;
  /** Audit log of ephemerals removed with a session; `undefined` when auditing is off. */
  readonly audit: Pick<AuditLog, "sessionEnded"> | undefined;
  /** Size of the largest transaction. @default MAX_TXN_BYTES */
  readonly maxTxnBytes?: number | undefined;
  /** Called after a batch of writes was applied and answered: the time to send the replies. */
  readonly onBatchApplied: () => void;
  /** Called for each session that expires. */
  readonly onSessionExpired: () => void;
}

/** The part of a proposing role that depends on its place in the ensemble. */
export interface ProposingPlace {
  readonly mode: "standalone" | "leader";
  /** Upper byte of the session ids that this server makes. */
  readonly serverId: number;
  readonly zxids: ZxidSource;
  /** Makes the sessions. @default those that the whole ensemble knows */
  readonly newSessions?: ((firstId: bigint, now: number) => SessionAuthority<SessionOwner> | undefined) | undefined;
  /** Decides on new members of the ensemble; `undefined` if there is none, or if they are disabled. */
  readonly reconfiguration?: Reconfiguration | undefined;
  /** Returns the replicator, which reports its progress to this queue. */
  readonly replicator: (queue: CommitQueue) => Replicator;
}

/**
 * Role of a server that decides: it turns requests into transactions, and decides on the expiry of sessions. A standalone
 * server and a leader differ in their replicator only.
 */
export class ProposingRole implements Role {
  readonly #parts: ProposingRoleParts;
  readonly #pending: PendingTree;
  readonly #queue: CommitQueue;
  readonly #replicator: Replicator;
  readonly #syncs: Waiter[] = [];
  protected readonly proposer: Proposer<SessionOwner>;
  readonly #quotas: QuotaGuard;
  #collection: Timer | undefined;
  readonly mode: "standalone" | "leader";
  readonly sessions: SessionAuthority<SessionOwner>;

  constructor(parts: ProposingRoleParts, place: ProposingPlace) {
    const { mode, serverId, zxids, replicator, reconfiguration, newSessions } = place;
    const { database, options, passwordOf, maxTxnBytes } = parts;
    const { clock, logger } = options;
    const { tree } = database;
    const { lastZxid } = tree;
    const firstId = initialSessionId(serverId, clock.wallTime());
    this.#parts = parts;
    this.mode = mode;
    const now = clock.now();
    this.sessions = newSessions?.(firstId, now) ?? new SessionAuthority(options, firstId, now, passwordOf);
    for (const [id, timeoutMs] of tree.sessions) this.sessions.track(id, timeoutMs, clock.now());
    this.#quotas = new QuotaGuard({ quotas: tree.quotas, logger, now: () => clock.now() });
    this.#pending = new PendingTree(tree);
    this.#queue = new CommitQueue({
      lastZxid,
      apply: (record) => this.#apply(record),
      onAdvanced: (count) => {
        parts.onBatchApplied();
        database.applied(count);
      },
    });
    this.#replicator = replicator(this.#queue);
    this.proposer = new Proposer({
      ...{ pending: this.#pending, sessions: this.sessions, queue: this.#queue, clock },
      ...{ replicator: this.#replicator, zxids },
      policy: { ...writePolicy(options, this.#quotas, maxTxnBytes), reconfiguration },
    });
  }

  /** Time on the server's monotonic clock. */
  protected now(): number {
    return this.#parts.options.clock.now();
  }

  get outstanding(): number {
    return this.#queue.outstanding + this.#syncs.length;
  }

  get quotaRefusals(): number {
    return this.#quotas.refused;
  }

  submit(request: WriteRequest, waiter: Waiter): void {
    this.proposer.submit(request, waiter);
  }

  closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void {
    this.proposer.closeSession(sessionId, cxid, waiter);
  }

  /** Calls the waiter when everything proposed before is applied; in an ensemble also a quorum must still follow this server. */
  sync(_request: WriteRequest, waiter: Waiter): void {
    if (this.#replicator.requestSync === undefined) return this.#queue.barrier(waiter);
    this.#syncs.push(waiter);
    this.#replicator.requestSync();
  }

  /** Takes the answer to the oldest `requestSync`: what has to be applied before it is committed. */
  synced(): void {
    const waiter = this.#syncs.shift();
    if (waiter !== undefined) this.#queue.barrierAtCommitted(waiter);
    this.#parts.onBatchApplied();
  }

  openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void {
    const session = this.sessions.create(requestedTimeoutMs, this.now());
    this.proposer.createSession(session.id, session.timeoutMs, { applied: () => opened(session) });
  }

  resumeSession(
    { sessionId, password, timeoutMs }: ResumeRequest,
    resumed: (session: Session | undefined) => void,
  ): void {
    resumed(this.sessions.resume(sessionId, password, timeoutMs, this.now()));
  }

  /** Proposes the close of the sessions that have expired; their connections end when it is applied. */
  tick(): void {
    const { options, onSessionExpired } = this.#parts;
    const { clock, logger } = options;
    for (const session of this.sessions.expire(clock.now())) {
      const { id, timeoutMs } = session;
      logger.info("session expired", { sessionId: `0x${id.toString(16)}`, timeoutMs });
      onSessionExpired();
      // A session whose creation is still pending gets its connection after this, and before the close is applied.
      this.proposer.closeSession(id, 0, { applied: () => this.sessions.ownerOf(session)?.end() });
    }
  }

  /** Deletes expired containers and TTL nodes, at an interval of its own: a TTL may be shorter than a tick. */
  start(): void {
    const { clock, containerCheckIntervalMs } = this.#parts.options;
    this.#collection = clock.setTimer(containerCheckIntervalMs, () => {
      const expired = [...this.#parts.database.tree.expired(clock.wallTime())];
      for (const path of expired) this.proposer.deleteContainer(path);
      this.start();
    });
  }

  stop(): void {
    this.#collection?.cancel();
  }

  async drain(): Promise<void> {
    await this.#queue.idle();
    await this.#parts.database.idle();
  }

  #apply(record: TxnRecord): TxnResult {
    const { database, audit } = this.#parts;
    const { tree } = database;
    if (record.txn.type !== OpCode.closeSession) return this.#pending.applyTo(tree, record);
    const { clientId } = record.header;
    const ephemerals = audit === undefined ? [] : [...tree.ephemeralsOf(clientId)];
    const result = this.#pending.applyTo(tree, record);
    this.sessions.remove(clientId);
    audit?.sessionEnded(clientId, ephemerals);
    return result;
  }
}
