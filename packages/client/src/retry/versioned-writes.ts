import type { Stat } from "@conclave/protocol";
import type { ZnodeData } from "../api/operation-options.js";
import type { RetryPolicy } from "../api/retry-policy.js";
import { isZkError, type ZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { toBytes } from "../operations/znode-bytes.js";
import { type Finding, retry } from "./retry.js";

/**
 * Calls `setData` on the version that the caller has read, exactly once, retrying as long as the policy allows. When an
 * answer was lost, the znode shows the result. Rejects with `BAD_VERSION` if another client has changed the znode
 * since; with the outcome `unknown` if the znode was changed again or deleted before it could be checked.
 */
export function setDataOnce(
  zk: ZooKeeper,
  path: string,
  data: ZnodeData,
  read: Pick<Stat, "czxid" | "version">,
  policy: RetryPolicy = {},
): Promise<Stat> {
  const bytes = toBytes(data);
  const kept = bytes === null ? null : Buffer.from(bytes);
  const { signal } = policy;
  const ifUnknown = async (unknown: ZkError): Promise<Finding<Stat>> => {
    const { readWrite } = zk;
    const [, now] = await Promise.all([readWrite.sync(path, { signal }), readWrite.getData(path, { signal })]);
    if (now.stat.czxid !== read.czxid) throw unknown;
    if (now.stat.version === read.version) return { done: false };
    if (now.stat.version !== next(read.version)) throw unknown;
    // Only one write can follow the version that was read. If another client's write took it, a retry of ours is
    // rejected.
    return isSame(now.data, kept) ? { done: true, result: now.stat } : { done: false };
  };
  return retry(zk, () => zk.setData(path, kept, { version: read.version, signal }), { ...policy, ifUnknown });
}

/**
 * Deletes the znode that the caller has read, retrying as long as the policy allows. Resolves when that znode does not
 * exist any more; a znode that was created since at the same path is not deleted. Rejects with `BAD_VERSION` if the
 * znode was changed since it was read.
 */
export function deleteOnce(
  zk: ZooKeeper,
  path: string,
  read: Pick<Stat, "czxid" | "version">,
  policy: RetryPolicy = {},
): Promise<void> {
  const { signal } = policy;
  const ifUnknown = async (): Promise<Finding<void>> => {
    const { readWrite } = zk;
    const [, now] = await Promise.all([readWrite.sync(path, { signal }), readWrite.exists(path, { signal })]);
    return now === null || now.czxid !== read.czxid ? { done: true, result: undefined } : { done: false };
  };
  const attempt = async (): Promise<void> => {
    try {
      await zk.delete(path, { version: read.version, signal });
    } catch (error) {
      if (!isZkError(error, "NO_NODE")) throw error;
    }
  };
  return retry(zk, attempt, { ...policy, ifUnknown });
}

/** Highest version of a znode; the counter skips -1, which matches any version (ZOOKEEPER-4743). */
function next(version: number): number {
  const up = (version + 1) | 0;
  return up === -1 ? 0 : up;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
