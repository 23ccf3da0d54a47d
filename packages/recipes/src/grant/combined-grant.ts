import type { Transaction } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import { checkedSignal } from "./checked-signal.js";
import type { Grant } from "./grant.js";

/** Several grants as one: valid while all of them are, and released as a whole. */
export class CombinedGrant<G extends Grant = Grant> implements Grant {
  /** Grants in the order in which they were acquired. */
  readonly grants: readonly G[];
  readonly signal: AbortSignal;

  /** `grants` has one at least. */
  constructor(grants: readonly G[]) {
    this.grants = [...grants];
    const controller = new AbortController();
    // Reading the signal of each grant aborts this signal if one of them has ended.
    this.signal = checkedSignal(controller, () => void this.grants.some(({ signal }) => signal.aborted));
    for (const { signal } of this.grants) onAbort(signal, () => controller.abort(signal.reason));
    // The remaining grants are useless alone, and other contenders wait for them.
    onAbort(this.signal, () => void this.release());
  }

  /** Largest token of the grants: a later holder of the same grants has acquired each of them later. */
  get fencingToken(): bigint {
    let largest = 0n;
    for (const { fencingToken } of this.grants) if (fencingToken > largest) largest = fencingToken;
    return largest;
  }

  guard<Results extends readonly unknown[]>(transaction: Transaction<Results>): Transaction<Results> {
    for (const grant of this.grants) grant.guard(transaction);
    return transaction;
  }

  async release(): Promise<void> {
    await Promise.all(this.grants.toReversed().map((grant) => grant.release()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
