import type { Stat } from "@conclave/protocol";
import type { ZnodeData } from "../operation-options.js";
import { toBytes } from "../operations/znode-bytes.js";
import { isZkError, type ZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";
import { type Finding, retry } from "./retry.js";
import type { RetryPolicy } from "./retry-policy.js";

/**
 * `setData` on the version that the caller has read, tried again as often as it takes, and done once: where an answer was
 * lost, the znode tells. Rejects with `BAD_VERSION` where somebody else was first; with the outcome `unknown` where the
 * znode was changed again, or deleted, before it could be asked.
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
    const [, now] = await Promise.all([zk.sync(path, { signal }), zk.getData(path, { signal })]);
    if (now.stat.czxid !== read.czxid) throw unknown;
    if (now.stat.version === read.version) return { done: false };
    if (now.stat.version !== next(read.version)) throw unknown;
    // One write after the version that was read: ours, or somebody else's, and then ours is refused now.
    return isSame(now.data, kept) ? { done: true, result: now.stat } : { done: false };
  };
  return retry(zk, () => zk.setData(path, kept, { version: read.version, signal }), { ...policy, ifUnknown });
}

/**
 * `delete` of the znode that the caller has read, tried again as often as it takes. Resolves when that znode is gone; one
 * of the same path that somebody made since is left alone. Rejects with `BAD_VERSION` where it was changed since it was
 * read.
 */
export function deleteOnce(
  zk: ZooKeeper,
  path: string,
  read: Pick<Stat, "czxid" | "version">,
  policy: RetryPolicy = {},
): Promise<void> {
  const { signal } = policy;
  const ifUnknown = async (): Promise<Finding<void>> => {
    const [, now] = await Promise.all([zk.sync(path, { signal }), zk.exists(path, { signal })]);
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

/** What the server counts a version up to; -1 stands for any, and is left out (ZOOKEEPER-4743). */
function next(version: number): number {
  const up = (version + 1) | 0;
  return up === -1 ? 0 : up;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
