import {
  CreateMode,
  type CreateRequest,
  type CreateTTLRequest,
  createContainer,
  createTTL,
  isSequential,
  OPEN_ACL_UNSAFE,
} from "@conclave/protocol";
import type { CreateOptions, ZnodeData } from "../api/operation-options.js";
import type { ZkError } from "../api/zk-error.js";
import type { Chroot } from "../paths/chroot.js";
import type { SentOperation } from "../requests/pending-operation.js";
import { createArgumentError } from "./argument-error.js";
import { toBytes } from "./znode-bytes.js";

/** Returns the request that creates a znode, or the error for its arguments. `ttl` is 0 for modes without TTL. */
export function createRequest(
  operation: string,
  path: string,
  data: ZnodeData,
  { mode = CreateMode.PERSISTENT, acl = OPEN_ACL_UNSAFE, ttlMs }: CreateOptions,
  chroot: Chroot,
): CreateTTLRequest | ZkError {
  const error = createArgumentError(operation, path, data, mode, ttlMs);
  if (error !== undefined) return error;
  const serverPath = isSequential(mode) ? chroot.toServerPrefix(path) : chroot.toServer(path);
  return { path: serverPath, data: toBytes(data), acl, flags: mode, ttl: ttlMs === undefined ? 0n : BigInt(ttlMs) };
}

/**
 * Containers and TTL znodes have operation types of their own; sent as `plain`, a server would create a plain znode.
 */
export function createOperation<Response extends { readonly path: string }>(
  mode: number,
  plain: SentOperation<CreateRequest, Response>,
): SentOperation<CreateTTLRequest, Response> {
  if (mode < CreateMode.CONTAINER) return plain;
  // The replies to createContainer and createTTL have all fields of the replies to create and create2.
  return (mode === CreateMode.CONTAINER ? createContainer : createTTL) as SentOperation<
    CreateTTLRequest,
    unknown
  > as SentOperation<CreateTTLRequest, Response>;
}
