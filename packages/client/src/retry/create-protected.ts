import { isEphemeral, nodeName, parentPath, type Stat } from "@conclave/protocol";
import type { CreateOptions, ZnodeData } from "../operation-options.js";
import { toBytes } from "../operations/znode-bytes.js";
import { isZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";
import { protectionMarker } from "./protection-marker.js";
import { type Finding, retry } from "./retry.js";
import { type RetryPolicy, resolveRetryPolicy } from "./retry-policy.js";

/** What `createProtected` takes: what the znode is to be, and how to try again. */
export interface CreateProtectedOptions extends CreateOptions, RetryPolicy {
  /**
   * What the znode's name is to begin with, and nobody else's does.
   * @default a new `_c_<uuid>-`
   */
  readonly marker?: string | undefined;
}

/** What `createProtected` made. */
export interface ProtectedNode {
  /** With the marker, and with the number of a sequential mode. */
  readonly path: string;
  readonly stat: Stat;
}

/**
 * `create2` for a name that the server completes, tried again as often as it takes, and done once: the name begins with a
 * marker, by which the znode is found where the answer was lost (Curator's protected creation, and readable by it).
 * `createProtected(zk, "/locks/lock-", …)` makes `/locks/_c_<uuid>-lock-0000000007`.
 *
 * An ephemeral one is this session's when it resolves. Where the session expired during it, what the old one may have made
 * goes with the old one, and the next attempt is made under a marker of its own. Where it rejects with the outcome
 * `unknown`, {@link deleteProtected} with a marker that the caller gave takes back what may be there.
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
    const found = await findProtected(zk, parent, marker, signal);
    if (isOfSession && (zk.sessionId !== session || session === 0n)) {
      marker = protectionMarker(random);
      return { done: false };
    }
    const ours = found.find(({ stat }) => !isOfSession || stat.ephemeralOwner === session);
    return ours === undefined ? { done: false } : { done: true, result: ours };
  };
  return retry(zk, attempt, { ...options, ifUnknown });
}

/** Deletes what was made under a marker, if anything was: the children of `parent` whose names begin with it. */
export function deleteProtected(
  zk: ZooKeeper,
  parent: string,
  marker: string,
  policy: RetryPolicy = {},
): Promise<void> {
  const { signal } = policy;
  const attempt = async (): Promise<void> => {
    for (const { path } of await findProtected(zk, parent, marker, signal)) {
      await zk.delete(path, { signal }).catch((error: unknown) => {
        if (!isZkError(error, "NO_NODE")) throw error;
      });
    }
  };
  // To delete twice what nobody else has a name for is to delete it once.
  return retry(zk, attempt, { ...policy, ifUnknown: async () => ({ done: false }) });
}

async function findProtected(
  zk: ZooKeeper,
  parent: string,
  marker: string,
  signal: AbortSignal | undefined,
): Promise<ProtectedNode[]> {
  // The creation may be under way in the ensemble still, ahead of this server: sync waits until it is here.
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
