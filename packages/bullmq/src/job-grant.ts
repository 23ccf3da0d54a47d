import type { Transaction, ZooKeeper } from "@conclave/client";
import { checkedSignal, type Grant } from "@conclave/recipes";
import type { Job } from "bullmq";

/** What a guarded job runs under. The guard gives it back when the processor has ended. */
export interface JobGrant {
  /**
   * Aborts when the processor has to end: its key or permit is lost (reason: a `GrantLostError`), the job was cancelled by
   * any process (a {@link JobCancelledError}), or BullMQ aborted its own signal (`cancelJob`; its reason). It also aborts when
   * the processor has ended (a `GrantLostError` with the code `RELEASED`). Reading it compares
   * the session's clock first, so that it has aborted right after a pause of the process that was longer than the session.
   */
  readonly signal: AbortSignal;
  /**
   * Larger for each later holder of the key, in the whole ensemble: give it along with what you write, and refuse smaller
   * ones there. Of a guard without a key, that of the permit, which says nothing about others who hold one.
   */
  readonly fencingToken: bigint;
  /** Adds checks to a transaction, so that it commits only while the grant stands on the server. Returns it. */
  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results>;
}

/**
 * A BullMQ processor that gets the grant it runs under as its second argument, and BullMQ's own token of the job as its
 * third. It has to end when `grant.signal` aborts.
 */
export type GuardedProcessor<T = unknown, R = unknown, N extends string = string> = (
  job: Job<T, R, N>,
  grant: JobGrant,
  token: string,
) => Promise<R>;

/** What was won for a job: its key, a permit, or both. */
export class HeldForJob implements AsyncDisposable {
  readonly #client: ZooKeeper;
  readonly #grants: readonly Grant[];
  readonly #fencingToken: bigint;
  /** Aborts when any of it is lost. */
  readonly #lost: AbortSignal;

  /** `first` is the one whose fencing token counts. */
  constructor(client: ZooKeeper, first: Grant, ...others: Grant[]) {
    this.#client = client;
    this.#grants = [first, ...others];
    this.#fencingToken = first.fencingToken;
    this.#lost = AbortSignal.any(this.#grants.map(({ signal }) => signal));
  }

  /** Returns the view that the processor gets. Its signal also aborts with `cancelled`. */
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

  /** Returns true if any of it is lost, by what this process knows; compares the session's clock first. */
  isKnownLost(): boolean {
    return this.#grants.some(({ signal }) => signal.aborted);
  }

  /**
   * Resolves with true if any of it is lost. A process that was stopped may not know yet, nor its server, if that one is
   * behind its leader. So this waits for the answer to a `sync`: earlier events arrive before it, or the connection ends.
   */
  async isLost(): Promise<boolean> {
    if (!this.isKnownLost()) await this.#client.sync("/").catch(() => {});
    return this.isKnownLost();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#grants.map((grant) => grant.release()));
  }
}
