import { ErrorCode, OpCode } from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import type { Replicator } from "../replication/replicator.js";
import type { Sessions } from "../sessions/session.js";
import type { PendingTree } from "../tree/pending/pending-tree.js";
import type { Txn } from "../tree/txn.js";
import { txnBytes } from "../tree/txn-size.js";
import type { CommitQueue } from "./commit-queue.js";
import { prepare, refusal } from "./prepare.js";
import { validateDeleteContainer, type WritePolicy } from "./validate.js";
import type { Waiter, WriteRequest } from "./write-request.js";
import type { ZxidSource } from "./zxid-source.js";

export interface ProposerOptions<Owner> {
  readonly pending: PendingTree;
  readonly sessions: Sessions<Owner>;
  readonly queue: CommitQueue;
  readonly replicator: Replicator;
  readonly zxids: ZxidSource;
  readonly clock: Pick<Clock, "wallTime">;
  readonly policy: WritePolicy;
}

/** Turns requests into transactions, and hands each to the commit queue and the replicator under the next zxid. */
export class Proposer<Owner = unknown> {
  readonly #options: ProposerOptions<Owner>;

  constructor(options: ProposerOptions<Owner>) {
    this.#options = options;
  }

  /** @param learner the learner that forwarded the request; `undefined` for a client of this server */
  submit(request: WriteRequest, waiter: Waiter, learner?: Owner): void {
    const { sessions, pending, policy } = this.#options;
    const err = sessions.refusalOf(request.sessionId, learner);
    const txn = err === undefined ? prepare(request, pending, policy) : refusal(err);
    this.#propose(request.sessionId, request.cxid, txn, waiter);
  }

  /** Proposes a refusal; by default that of a request of a type that no server knows. */
  refuse(sessionId: bigint, cxid: number, waiter: Waiter, err: ErrorCode = ErrorCode.UNIMPLEMENTED): void {
    this.#propose(sessionId, cxid, refusal(err), waiter);
  }

  createSession(sessionId: bigint, timeoutMs: number, waiter: Waiter): void {
    this.#propose(sessionId, 0, { type: OpCode.createSession, timeoutMs }, waiter);
  }

  /** Marks the session as closing at once, so that no create submitted from now on can outlive it. */
  closeSession(sessionId: bigint, cxid: number, waiter: Waiter): void {
    const { sessions, pending, policy } = this.#options;
    sessions.markClosing(sessionId);
    const txn: Txn = { type: OpCode.closeSession, paths: pending.ephemeralsOf(sessionId) };
    // A close cannot be refused. Without its paths it has the same effect, as in logs before 3.6.
    const fits = txnBytes(txn) <= policy.maxTxnBytes;
    this.#propose(sessionId, cxid, fits ? txn : { type: OpCode.closeSession, paths: null }, waiter);
  }

  /** Deletes a container or TTL node, unless it has children again. */
  deleteContainer(path: string): void {
    const validated = validateDeleteContainer(path, this.#options.pending);
    if (typeof validated !== "number") this.#propose(NO_SESSION, 0, validated, NO_WAITER);
  }

  #propose(clientId: bigint, cxid: number, txn: Txn, waiter: Waiter): void {
    const { pending, queue, replicator, zxids, clock } = this.#options;
    const header = { clientId, cxid, zxid: zxids.next(), time: clock.wallTime(), type: txn.type };
    const record = { header, txn, digest: pending.add(header, txn) };
    queue.add(record, waiter);
    replicator.propose(record);
  }
}

/** Client id of changes that the server makes by itself. */
const NO_SESSION = 0n;
const NO_WAITER: Waiter = { applied() {} };
