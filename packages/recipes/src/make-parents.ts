import { type Acl, isZkError, type ZooKeeper } from "@conclave/client";

/** Makes `path` and what is missing above it, as persistent znodes without data. */
export async function makeParents(zk: ZooKeeper, path: string, acl?: readonly Acl[]): Promise<void> {
  try {
    await zk.create(path, null, { acl });
  } catch (error) {
    if (isZkError(error, "NODE_EXISTS")) return;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!isZkError(error, "NO_NODE") || parent === "") throw error;
    await makeParents(zk, parent, acl);
    await makeParents(zk, path, acl);
  }
}
