import { CreateMode, type CreateRequest, isSequential, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import type { Chroot } from "../chroot.js";
import type { CreateOptions, ZnodeData } from "../operation-options.js";
import { ZkError } from "../zk-error.js";
import { pathError, sequentialPathError } from "./check-path.js";
import { toBytes } from "./znode-bytes.js";

/** The request that makes a znode, or why there is none. */
export function createRequest(
  operation: string,
  path: string,
  data: ZnodeData,
  { mode = CreateMode.PERSISTENT, acl = OPEN_ACL_UNSAFE }: CreateOptions,
  chroot: Chroot,
): CreateRequest | ZkError {
  if (mode < CreateMode.PERSISTENT || mode > CreateMode.EPHEMERAL_SEQUENTIAL) {
    // These have operations of their own; under `create` a server would make a plain znode, and some lose count of it.
    const message = `${operation} ${path}: the mode ${mode} is not supported`;
    return new ZkError("BAD_ARGUMENTS", message, { outcome: "not-applied", path });
  }
  const error = isSequential(mode) ? sequentialPathError(operation, path) : pathError(operation, path);
  if (error !== undefined) return error;
  const serverPath = isSequential(mode) ? chroot.toServerPrefix(path) : chroot.toServer(path);
  return { path: serverPath, data: toBytes(data), acl, flags: mode };
}
