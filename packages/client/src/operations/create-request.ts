import { CreateMode, type CreateRequest, isSequential, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import type { Chroot } from "../chroot.js";
import type { CreateOptions, ZnodeData } from "../operation-options.js";
import type { ZkError } from "../zk-error.js";
import { createArgumentError } from "./argument-error.js";
import { toBytes } from "./znode-bytes.js";

/** The request that makes a znode, or why there is none. */
export function createRequest(
  operation: string,
  path: string,
  data: ZnodeData,
  { mode = CreateMode.PERSISTENT, acl = OPEN_ACL_UNSAFE }: CreateOptions,
  chroot: Chroot,
): CreateRequest | ZkError {
  const error = createArgumentError(operation, path, data, mode);
  if (error !== undefined) return error;
  const serverPath = isSequential(mode) ? chroot.toServerPrefix(path) : chroot.toServer(path);
  return { path: serverPath, data: toBytes(data), acl, flags: mode };
}
