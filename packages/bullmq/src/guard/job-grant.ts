import type { Transaction, ZooKeeper } from "@conclave/client";
import { checkedSignal, type Grant } from "@conclave/recipes";
import type { Job } from "bullmq";

/** Grant that a guarded job runs under. It is released when the processor has settled. */
export interface JobGrant {
  /**
   * Aborts when the processor must stop. The reason is
   *
   * - a `GrantLostError` if the key or the permit is lost, or, with the code `RELEASED`, when the processor has settled
   * - a {@link JobCancelledError} if any process requested the cancellation of the job
   * - BullMQ's own reason if BullMQ aborted its signal (`cancelJob`, a lock of BullMQ's that could not be renewed)
   *
   * Reading it compares the session's clock first. So it has aborted at the first reading after the process was stopped
   * for longer than the session.
   */
  readonly signal: AbortSignal;
  /**
   * Larger for each later holder of the key, in the whole ensemble. Send it with every write, and let the storage reject
   * smaller tokens. For a guard without a key it is the token of the permit; other permits are held at the same time, with
   * larger and smaller tokens.
   */
  readonly fencingToken: bigint;
  /** Adds checks to a transaction, so that it commits only while the servers have the grant. Returns the transaction. */
  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results>;
}

/**
 * BullMQ processor whose second argument is the grant that the job runs under. The third is BullMQ's lock token of the
 * job. The processor must stop when `grant.signal` aborts.
 */
export type GuardedProcessor<T = unknown, R = unknown, N extends string = string> = (
  job: Job<T, R, N>,
  grant: JobGrant,
  token: string,
) => Promise<R>;

/** Grants held for one job: its key, a permit, or both. */
export class JobGrants implements AsyncDisposable {
  readonly #client: ZooKeeper;
  readonly #grants: readonly Grant[];
  readonly #fencingToken: bigint;
  /** Aborts when any of the grants is lost. */
  readonly #lost: AbortSignal;

  /** The fencing token is that of `first`. */
  constructor(client: ZooKeeper, first: Grant, ...others: Grant[]) {
    this.#client = client;
    this.#grants = [first, ...others];
    this.#fencingToken = first.fencingToken;
    this.#lost = AbortSignal.any(this.#grants.map(({ signal }) => signal));
  }

  /** Returns the grant that the processor receives. Its signal also aborts with `cancelled`. */
  toGrant(cancelled: AbortSignal): JobGrant {
    return {
      signal: checkedSignal({ signal: AbortSignal.any([this.#lost, cancelled]) }, () => void this.isKnownLost()),
      fencingToken: this.#fencingToken,
      guard: (transaction) => {
        for (const grant of this.#grants) grant.guard(transaction);
        return transaction;
      },
    };
  }

  /** Returns true if this process knows that a grant is lost. Compares the session's clock first. */
  isKnownLost(): boolean {
    return this.#grants.some(({ signal }) => signal.aborted);
  }

  /**
   * Resolves with true if a grant is lost. A process that was stopped, or the server that it is connected to, may not have
   * learned of a loss yet. So this waits for the answer to a `sync`: earlier watch events arrive before it, or the
   * connection ends.
   */
  async isLost(): Promise<boolean> {
    if (!this.isKnownLost()) await this.#client.sync("/").catch(() => {});
    return this.isKnownLost();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#grants.map((grant) => grant.release()));
  }
}
