import { CreateMode } from "@conclave/protocol";
import type { RetryPolicy } from "../api/retry-policy.js";
import type { Transaction } from "../api/transaction.js";
import type { ZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { protectionMarker } from "./protection-marker.js";
import { resolveRetryPolicy } from "./resolve-retry-policy.js";
import { type Finding, retry } from "./retry.js";

/** Options of `commitOnce`. */
export interface CommitOnceOptions extends RetryPolicy {
  /** Parent of the proof znode. It must exist and must not be ephemeral. */
  readonly proofParent: string;
}

/**
 * Commits a transaction exactly once, retrying as long as the policy allows. The transaction also creates an ephemeral
 * proof znode, which exists if and only if it was committed, and is deleted afterwards. `build` adds the writes; it is
 * called for each attempt.
 *
 * Resolves with the results, or with `undefined` if the transaction was committed but the answer with the results was
 * lost. Rejects with the outcome `unknown` if the session expired, because the proof disappears with it.
 */
export async function commitOnce<Results extends readonly unknown[]>(
  zk: ZooKeeper,
  build: (transaction: Transaction) => Transaction<Results>,
  options: CommitOnceOptions,
): Promise<Results | undefined> {
  const { proofParent, signal } = options;
  const { random } = resolveRetryPolicy(options);
  const proof = `${proofParent === "/" ? "" : proofParent}/${protectionMarker(random)}proof`;
  let session = zk.sessionId;
  const attempt = async (): Promise<Results | undefined> => {
    session = zk.sessionId;
    // Appended as the last write, so that failures of the caller's writes are reported first.
    const results: readonly unknown[] = await build(zk.transaction())
      .create(proof, null, { mode: CreateMode.EPHEMERAL })
      .commit({ signal });
    return results.slice(0, -1) as readonly unknown[] as Results;
  };
  const ifUnknown = async (unknown: ZkError): Promise<Finding<undefined>> => {
    const { readWrite } = zk;
    const [, there] = await Promise.all([readWrite.sync(proofParent, { signal }), readWrite.exists(proof, { signal })]);
    if (there !== null) return { done: true, result: undefined };
    if (zk.sessionId !== session || session === 0n) throw unknown;
    return { done: false };
  };
  const results = await retry<Results | undefined>(zk, attempt, { ...options, ifUnknown });
  // If this fails, the server removes the znode with the session; nothing depends on the time.
  zk.readWrite.delete(proof).catch(() => {});
  return results;
}
