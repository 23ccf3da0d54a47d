import { type ConnectRequest, OpCode } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { AuditLog } from "../pipeline/audit-log.js";
import { CommitQueue } from "../pipeline/commit-queue.js";
import { Proposer } from "../pipeline/proposer.js";
import type { WritePolicy } from "../pipeline/validate.js";
import type { Waiter, WritePath, WriteRequest } from "../pipeline/write-request.js";
import { ConsecutiveZxids } from "../pipeline/zxid-source.js";
import { LocalReplicator } from "../replication/local-replicator.js";
import type { Session } from "../sessions/session.js";
import type { SessionAuthority } from "../sessions/session-authority.js";
import { Snapshotter } from "../storage/snapshotter.js";
import type { Storage } from "../storage/storage.js";
import type { DataTree } from "../tree/data-tree.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { TxnRecord, TxnResult } from "../tree/txn.js";

/** The connection that serves a session. */
export interface SessionOwner {
  /** Sends what was written, then closes. */
  end(): void;
}

export interface StandaloneOptions {
  readonly tree: DataTree;
  readonly storage: Storage;
  readonly sessions: SessionAuthority<SessionOwner>;
  readonly policy: WritePolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Audit log of ephemerals removed with a session; `undefined` when auditing is off. */
  readonly audit: Pick<AuditLog, "sessionEnded"> | undefined;
  /** Number of transactions from one snapshot to the next. */
  readonly snapCount: number;
  /** Number of transactions that the last snapshot lacks. */
  readonly sinceSnapshot: number;
  /** See `LocalReplicatorOptions`. */
  readonly defer: (task: () => void) => void;
  /** Called after a batch of writes was applied and answered: the time to send the replies. */
  readonly onBatchApplied: () => void;
  /** Called for each session that expires. */
  readonly onSessionExpired: () => void;
  /** Called once, when the log cannot be written any more. Nothing is acknowledged from then on. */
  readonly onFailure: (cause: unknown) => void;
}

/** Role of a server that is alone: it proposes its clients' writes, and commits what its own disk has. */
export class Standalone implements WritePath {
  readonly #options: StandaloneOptions;
  readonly #pending: PendingTree;
  readonly #queue: CommitQueue;
  readonly #proposer: Proposer;
  readonly #snapshotter: Snapshotter;

  constructor(options: StandaloneOptions) {
    const { tree, storage, defer, onBatchApplied, onFailure } = options;
    const { lastZxid } = tree;
    this.#options = options;
    this.#pending = new PendingTree(tree);
    this.#snapshotter = new Snapshotter(options);
    const queue = new CommitQueue({
      lastZxid,
      apply: (record) => this.#apply(record),
      onAdvanced: (count) => {
        onBatchApplied();
        this.#snapshotter.applied(count);
      },
    });
    const replicator = new LocalReplicator({
      ...{ storage, defer },
      events: {
        durable: (zxid) => queue.markDurable(zxid),
        committed: (zxid) => queue.markCommitted(zxid),
        failed: (cause) => {
          queue.fail();
          onFailure(cause);
        },
      },
    });
    this.#queue = queue;
    this.#proposer = new Proposer({
      ...options,
      pending: this.#pending,
      queue,
      replicator,
      zxids: new ConsecutiveZxids(lastZxid),
    });
  }

  /** Number of writes that are not answered yet. */
  get outstanding(): number {
    return this.#queue.outstanding;
  }

  submit(request: WriteRequest, waiter: Waiter): void {
    this.#proposer.submit(request, waiter);
  }

  /** Opens a session with the requested timeout, brought within the limits. Calls `opened` when the session is on record. */
  openSession(requestedTimeoutMs: number, opened: (session: Session) => void): void {
    const { sessions, clock } = this.#options;
    const session = sessions.create(requestedTimeoutMs, clock.now());
    this.#proposer.createSession(session.id, session.timeoutMs, { applied: () => opened(session) });
  }

  /** Resumes a session. Calls `resumed` with `undefined` if the session is unknown or closing, or the password is wrong. */
  resumeSession(
    { sessionId, password, timeoutMs }: Pick<ConnectRequest, "sessionId" | "password" | "timeoutMs">,
    resumed: (session: Session | undefined) => void,
  ): void {
    const { sessions, clock } = this.#options;
    resumed(sessions.resume(sessionId, password, timeoutMs, clock.now()));
  }

  /** Proposes the close of the sessions that have expired, and ends their connections after it. Call at least once a tick. */
  expireSessions(): void {
    const { sessions, clock, logger, onSessionExpired } = this.#options;
    for (const { id, timeoutMs } of sessions.expire(clock.now())) {
      logger.info("session expired", { sessionId: `0x${id.toString(16)}`, timeoutMs });
      onSessionExpired();
      const owner = sessions.ownerOf(id);
      this.#proposer.closeSession(id, 0, { applied: () => owner?.end() });
    }
  }

  closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void {
    this.#proposer.closeSession(sessionId, cxid, waiter);
  }

  sync(waiter: Waiter): void {
    this.#queue.barrier(waiter);
  }

  /** Deletes containers and TTL nodes that have expired at a time in milliseconds since 1970. */
  deleteExpired(time: number): void {
    for (const path of [...this.#options.tree.expired(time)]) this.#proposer.deleteContainer(path);
  }

  /** Resolves when nothing is outstanding and no snapshot is being written, or when the log cannot be written any more. */
  async drain(): Promise<void> {
    await this.#queue.idle();
    await this.#snapshotter.idle();
  }

  #apply(record: TxnRecord): TxnResult {
    const { tree, sessions, audit } = this.#options;
    if (record.txn.type !== OpCode.closeSession) return this.#pending.applyTo(tree, record);
    const { clientId } = record.header;
    const ephemerals = audit === undefined ? [] : [...tree.ephemeralsOf(clientId)];
    const result = this.#pending.applyTo(tree, record);
    sessions.remove(clientId);
    audit?.sessionEnded(clientId, ephemerals);
    return result;
  }
}
