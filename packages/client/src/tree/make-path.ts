import { type Acl, CreateMode, parentPath } from "@conclave/protocol";
import type { OperationOptions } from "../api/operation-options.js";
import { isZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";

/** Options of `makePath`. */
export interface MakePathOptions extends OperationOptions {
  /** ACL of the created znodes. @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Creates containers, which the server removes some time after their last child was removed.
   * @default false
   */
  readonly container?: boolean | undefined;
}

/** Creates a znode without data, and its missing ancestors. Does nothing if it exists, so it may be repeated. */
export async function makePath(
  zk: Pick<ZooKeeper, "create">,
  path: string,
  options: MakePathOptions = {},
): Promise<void> {
  const { acl, container = false, signal } = options;
  const mode = container ? CreateMode.CONTAINER : CreateMode.PERSISTENT;
  for (;;) {
    try {
      await zk.create(path, null, { acl, mode, signal });
      return;
    } catch (error) {
      if (isZkError(error, "NODE_EXISTS")) return;
      const parent = parentPath(path);
      // The parent of the root is the chroot: see `ConnectOptions.createChroot`.
      if (!isZkError(error, "NO_NODE") || parent === "" || parent === "/") throw error;
      await makePath(zk, parent, options);
    }
  }
}
