import { isEphemeral, nodeName, parentPath, type Stat } from "@conclave/protocol";
import type { CreateOptions, ZnodeData } from "../api/operation-options.js";
import type { RetryPolicy } from "../api/retry-policy.js";
import { isZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { toBytes } from "../operations/znode-bytes.js";
import { protectionMarker } from "./protection-marker.js";
import { resolveRetryPolicy } from "./resolve-retry-policy.js";
import { type Finding, retry } from "./retry.js";

/** Options of `createProtected`: those of the znode, and the retry policy. */
export interface CreateProtectedOptions extends CreateOptions, RetryPolicy {
  /**
   * Unique prefix of the znode's name.
   * @default a new `_c_<uuid>-`
   */
  readonly marker?: string | undefined;
}

/** Result of `createProtected`. */
export interface ProtectedNode {
  /** Path with the marker, and with the number of a sequential mode. */
  readonly path: string;
  readonly stat: Stat;
}

/**
 * Creates a znode as `create2` does, exactly once, retrying as long as the policy allows. The name begins with a unique
 * marker, by which the znode is found when an answer was lost (Curator's protected creation, in a form that Curator can
 * read). `createProtected(zk, "/locks/lock-", …)` creates `/locks/_c_<uuid>-lock-0000000007`.
 *
 * When it resolves, an ephemeral znode belongs to the current session: after an expiry during the call, znodes of the
 * old session disappear with it, and the next attempt uses a new marker. If it rejects with the outcome `unknown`,
 * {@link deleteProtected} with the caller's marker removes the znode that may exist.
 */
export async function createProtected(
  zk: ZooKeeper,
  path: string,
  data: ZnodeData = null,
  options: CreateProtectedOptions = {},
): Promise<ProtectedNode> {
  const { signal } = options;
  const { random } = resolveRetryPolicy(options);
  const parent = parentPath(path);
  const isOfSession = options.mode !== undefined && isEphemeral(options.mode);
  const bytes = toBytes(data);
  const kept = bytes === null ? null : Buffer.from(bytes);
  let marker = options.marker ?? protectionMarker(random);
  let session = zk.sessionId;
  const attempt = (): Promise<ProtectedNode> => {
    session = zk.sessionId;
    return zk.create2(`${parent === "/" ? "" : parent}/${marker}${nodeName(path)}`, kept, options);
  };
  const ifUnknown = async (): Promise<Finding<ProtectedNode>> => {
    const found = await findProtected(zk.readWrite, parent, marker, signal);
    if (isOfSession && (zk.sessionId !== session || session === 0n)) {
      marker = protectionMarker(random);
      return { done: false };
    }
    const ours = found.find(({ stat }) => !isOfSession || stat.ephemeralOwner === session);
    return ours === undefined ? { done: false } : { done: true, result: ours };
  };
  return retry(zk, attempt, { ...options, ifUnknown });
}

/** Deletes the children of `parent` with names that begin with the marker, if there are any. */
export function deleteProtected(
  zk: ZooKeeper,
  parent: string,
  marker: string,
  policy: RetryPolicy = {},
): Promise<void> {
  const { signal } = policy;
  const attempt = async (): Promise<void> => {
    for (const { path } of await findProtected(zk.readWrite, parent, marker, signal)) {
      await zk.readWrite.delete(path, { signal }).catch((error: unknown) => {
        if (!isZkError(error, "NO_NODE")) throw error;
      });
    }
  };
  // Deleting twice is safe: no other client creates znodes with this marker.
  return retry(zk, attempt, { ...policy, ifUnknown: async () => ({ done: false }) });
}

async function findProtected(
  zk: ZooKeeper,
  parent: string,
  marker: string,
  signal: AbortSignal | undefined,
): Promise<ProtectedNode[]> {
  // The create may still be on its way through the ensemble: sync waits until this server has applied it.
  const [, children] = await Promise.all([
    zk.sync(parent, { signal }),
    zk.getChildren(parent, { signal }).catch((error: unknown): string[] => {
      if (isZkError(error, "NO_NODE")) return [];
      throw error;
    }),
  ]);
  const paths = children
    .filter((child) => child.startsWith(marker))
    .map((child) => (parent === "/" ? `/${child}` : `${parent}/${child}`));
  const stats = await Promise.all(paths.map((path) => zk.exists(path, { signal })));
  return paths.flatMap((path, index) => {
    const stat = stats[index];
    return stat === null || stat === undefined ? [] : [{ path, stat }];
  });
}
