import { type Acl, CreateMode, parentPath } from "@conclave/protocol";
import type { OperationOptions } from "../operation-options.js";
import { isZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";

/** What `makePath` takes. */
export interface MakePathOptions extends OperationOptions {
  /** Of what is made. @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Whether what is made are containers, which go some time after their last child has gone.
   * @default false
   */
  readonly container?: boolean | undefined;
}

/** Makes a znode without data, and what is missing above it. Nothing where it is there. May be done twice. */
export async function makePath(zk: ZooKeeper, path: string, options: MakePathOptions = {}): Promise<void> {
  const { acl, container = false, signal } = options;
  const mode = container ? CreateMode.CONTAINER : CreateMode.PERSISTENT;
  for (;;) {
    try {
      await zk.create(path, null, { acl, mode, signal });
      return;
    } catch (error) {
      if (isZkError(error, "NODE_EXISTS")) return;
      const parent = parentPath(path);
      // Above the root lies the chroot, which is the caller's to make.
      if (!isZkError(error, "NO_NODE") || parent === "" || parent === "/") throw error;
      await makePath(zk, parent, options);
    }
  }
}
