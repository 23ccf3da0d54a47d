import { ErrorCode, OpCode } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { Session } from "../sessions/session.js";
import type { SessionTracker } from "../sessions/session-tracker.js";
import type { Storage } from "../storage/storage.js";
import type { DataTree } from "../tree/data-tree.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { Txn, TxnRecord, TxnResult } from "../tree/txn.js";
import { MAX_TXN_BYTES, txnBytes } from "../tree/txn-size.js";
import type { AuditLog } from "./audit-log.js";
import { type Validated, validateDeleteContainer } from "./validate.js";

/** Told what became of a write, right after it was applied and before anything later is. */
export type OnApplied = (result: TxnResult, zxid: bigint) => void;

interface Waiting {
  readonly applied: OnApplied;
}

/** A session's write on its way. */
export interface Write extends Waiting {
  /** What to propose, or why it is refused. */
  validate(pending: PendingTree): Validated;
}

interface Proposal {
  /** `undefined` for a barrier: it waits its turn and changes nothing. */
  readonly record: TxnRecord | undefined;
  readonly waiting: Waiting;
}

export interface PipelineOptions {
  readonly tree: DataTree;
  readonly sessions: SessionTracker;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes down the ephemerals that go with a session, if anything does. */
  readonly audit: Pick<AuditLog, "sessionEnded"> | undefined;
  /** @default MAX_TXN_BYTES */
  readonly maxTxnBytes?: number | undefined;
  /** How many transactions after one snapshot the next is begun. */
  readonly snapCount: number;
  /** How many transactions the last snapshot does not have. */
  readonly sinceSnapshot: number;
  /** Runs its argument when what has arrived by now was read, so that one disk write serves it all. */
  readonly defer: (task: () => void) => void;
  /** Called when a batch of writes was applied and answered: the time to send the answers. */
  readonly onBatchApplied: () => void;
  /** Called once, when the log can no longer be written. Nothing is acknowledged from then on. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * The way of a write: validate -> propose (give it a zxid, append it to the log) -> commit (it is on disk) -> apply ->
 * answer. Writes are applied in the order of their zxids, all of one flush together; a write that fails validation goes
 * the same way as an error transaction. See SPEC.md beside this file.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #pending: PendingTree;
  #proposals: Proposal[] = [];
  #outstanding = 0;
  #nextZxid: bigint;
  #running = false;
  #failed = false;
  #sinceSnapshot: number;
  #snapshot: Promise<void> | undefined;
  #idle: (() => void)[] = [];

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#pending = new PendingTree(options.tree);
    this.#nextZxid = options.tree.lastZxid + 1n;
    this.#sinceSnapshot = options.sinceSnapshot;
  }

  /** Writes that are proposed and not yet answered. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Validates a session's request and proposes what it comes to. */
  write(session: Session, cxid: number, type: number, write: Write): void {
    const validated = this.#checkSession(session) ?? this.#readable(write.validate(this.#pending));
    if (typeof validated === "number") {
      this.#propose(session.id, cxid, OpCode.error, { type: OpCode.error, err: validated }, write);
    } else {
      this.#propose(session.id, cxid, type, validated, write);
    }
  }

  createSession(session: Session, onApplied: OnApplied): void {
    const txn: Txn = { type: OpCode.createSession, timeoutMs: session.timeoutMs };
    this.#propose(session.id, 0, OpCode.createSession, txn, { applied: onApplied });
  }

  /** Ends a session and its ephemerals; it is closing from now on, so that no later create can outlive it. */
  closeSession(session: Session, cxid: number, onApplied: OnApplied): void {
    session.closing = true;
    const paths = this.#pending.ephemeralsOf(session.id);
    const txn: Txn = { type: OpCode.closeSession, paths };
    this.#propose(
      session.id,
      cxid,
      OpCode.closeSession,
      // An end cannot be refused. Without its paths it means the same, as in logs before 3.6.
      this.#isTooLarge(txn) ? { type: OpCode.closeSession, paths: null } : txn,
      {
        applied: (result, zxid) => {
          this.#options.sessions.remove(session.id);
          this.#options.audit?.sessionEnded(session.id, paths);
          onApplied(result, zxid);
        },
      },
    );
  }

  /** Deletes a container or TTL node that nobody needs, unless somebody does by the time of its turn. */
  deleteContainer(path: string): void {
    const validated = validateDeleteContainer(path, this.#pending);
    if (typeof validated === "number") return;
    this.#propose(NO_SESSION, 0, OpCode.deleteContainer, validated, { applied: () => {} });
  }

  /** Calls `onApplied` when all that is proposed by now is applied; at once if nothing is. */
  barrier(onApplied: OnApplied): void {
    if (this.#outstanding === 0) onApplied(NOTHING, this.#options.tree.lastZxid);
    else this.#enqueue({ record: undefined, waiting: { applied: onApplied } });
  }

  /** Resolves when nothing is outstanding and no snapshot is being written, or the pipeline has failed. */
  async drain(): Promise<void> {
    if (this.#outstanding > 0 && !this.#failed) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#snapshot;
  }

  #checkSession(session: Session): ErrorCode | undefined {
    if (session.closing) return ErrorCode.SESSION_EXPIRED;
    return this.#options.sessions.get(session.id) === undefined ? ErrorCode.UNKNOWN_SESSION : undefined;
  }

  /** What could not be read back at the next start is refused; ACLs may be far longer than the request that named them. */
  #readable(validated: Validated): Validated {
    return typeof validated !== "number" && this.#isTooLarge(validated) ? ErrorCode.MARSHALLING_ERROR : validated;
  }

  #isTooLarge(txn: Txn): boolean {
    return txnBytes(txn) > (this.#options.maxTxnBytes ?? MAX_TXN_BYTES);
  }

  #propose(clientId: bigint, cxid: number, type: number, txn: Txn, waiting: Waiting): void {
    const { storage, clock } = this.#options;
    const header = { clientId, cxid, zxid: this.#nextZxid++, time: clock.wallTime(), type };
    const digest = this.#pending.add(header, txn);
    const record = { header, txn, digest };
    if (!this.#failed) storage.append(record);
    this.#enqueue({ record, waiting });
  }

  #enqueue(proposal: Proposal): void {
    this.#proposals.push(proposal);
    this.#outstanding++;
    if (this.#running || this.#failed) return;
    this.#running = true;
    this.#options.defer(() => void this.#run());
  }

  /** Group commit: while one flush is under way, what arrives gathers for the next. Never rejects. */
  async #run(): Promise<void> {
    try {
      while (this.#proposals.length > 0) {
        const batch = this.#proposals;
        this.#proposals = [];
        await this.#options.storage.flush();
        for (const proposal of batch) this.#commit(proposal);
        this.#options.onBatchApplied();
        this.#snapshotIfDue();
      }
    } catch (cause) {
      this.#failed = true;
      this.#options.onFailure(cause);
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #commit({ record, waiting }: Proposal): void {
    const { tree } = this.#options;
    let result = NOTHING;
    if (record !== undefined) {
      result = this.#pending.applyTo(tree, record);
      this.#sinceSnapshot++;
    }
    this.#outstanding--;
    waiting.applied(result, tree.lastZxid);
  }

  #snapshotIfDue(): void {
    if (this.#sinceSnapshot < this.#options.snapCount || this.#snapshot !== undefined) return;
    this.#sinceSnapshot = 0;
    this.#snapshot = this.#writeSnapshot().finally(() => {
      this.#snapshot = undefined;
    });
  }

  /** A snapshot that fails costs recovery time, not data: the log has everything. */
  async #writeSnapshot(): Promise<void> {
    const { tree, storage, logger } = this.#options;
    try {
      await storage.snapshot(tree.snapshotSource());
    } catch (cause) {
      logger.error("could not write a snapshot; the transaction log goes on", { cause });
    }
  }
}

/** The client id of what the server does by itself. */
const NO_SESSION = 0n;
const NOTHING: TxnResult = { type: OpCode.error, err: ErrorCode.OK };
