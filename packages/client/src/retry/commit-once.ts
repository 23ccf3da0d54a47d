import { CreateMode } from "@conclave/protocol";
import type { Transaction } from "../transaction.js";
import type { ZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";
import { protectionMarker } from "./protection-marker.js";
import { type Finding, retry } from "./retry.js";
import { type RetryPolicy, resolveRetryPolicy } from "./retry-policy.js";

/** What `commitOnce` takes. */
export interface CommitOnceOptions extends RetryPolicy {
  /** The znode under which the proof is left while the answer is awaited. It exists, and is not ephemeral. */
  readonly proofParent: string;
}

/**
 * Commits a transaction, tried again as often as it takes, and done once: with its writes it makes an ephemeral znode,
 * which is there exactly if they were done, and is deleted afterwards. `build` adds the writes; it is called for each
 * attempt.
 *
 * Resolves with the results, or with `undefined` where the transaction was done and the answer that held them was lost.
 * Rejects with the outcome `unknown` where the session ended, and with it the proof.
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
    // Last, so that a failure of the caller's own writes is told first.
    const results: readonly unknown[] = await build(zk.transaction())
      .create(proof, null, { mode: CreateMode.EPHEMERAL })
      .commit({ signal });
    return results.slice(0, -1) as readonly unknown[] as Results;
  };
  const ifUnknown = async (unknown: ZkError): Promise<Finding<undefined>> => {
    const [, there] = await Promise.all([zk.sync(proofParent, { signal }), zk.exists(proof, { signal })]);
    if (there !== null) return { done: true, result: undefined };
    if (zk.sessionId !== session || session === 0n) throw unknown;
    return { done: false };
  };
  const results = await retry<Results | undefined>(zk, attempt, { ...options, ifUnknown });
  // Its session takes it along where this fails; nothing depends on when it goes.
  zk.delete(proof).catch(() => {});
  return results;
}
