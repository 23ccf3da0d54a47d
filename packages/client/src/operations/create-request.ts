import {
  CreateMode,
  type CreateRequest,
  type CreateTTLRequest,
  createContainer,
  createTTL,
  isSequential,
  OPEN_ACL_UNSAFE,
} from "@conclave/protocol";
import type { Chroot } from "../chroot.js";
import type { CreateOptions, ZnodeData } from "../operation-options.js";
import type { ZkError } from "../zk-error.js";
import { createArgumentError } from "./argument-error.js";
import type { SentOperation } from "./pending-operation.js";
import { toBytes } from "./znode-bytes.js";

/** The request that makes a znode, or why there is none. Its `ttl` is 0 for a mode that knows none. */
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

/** Containers and TTL have operations of their own; under `plain` a server would make a plain znode, or lose count. */
export function createOperation<Response extends { readonly path: string }>(
  mode: number,
  plain: SentOperation<CreateRequest, Response>,
): SentOperation<CreateTTLRequest, Response> {
  if (mode < CreateMode.CONTAINER) return plain;
  // What they answer holds what each kind of `create` answers.
  return (mode === CreateMode.CONTAINER ? createContainer : createTTL) as SentOperation<
    CreateTTLRequest,
    unknown
  > as SentOperation<CreateTTLRequest, Response>;
}
