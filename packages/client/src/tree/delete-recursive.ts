import type { OperationOptions } from "../api/operation-options.js";
import { isZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";

/**
 * Deletes a znode and everything below it, including znodes that others create during the call. Resolves when it does
 * not exist any more, or did not exist. The deletion is not atomic: other clients see it in parts, and if it rejects, a
 * part has been deleted.
 */
export async function deleteRecursive(zk: ZooKeeper, path: string, options: OperationOptions = {}): Promise<void> {
  for (;;) {
    try {
      await zk.delete(path, options);
      return;
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return;
      if (!isZkError(error, "NOT_EMPTY")) throw error;
      await deleteChildren(zk, path, options);
    }
  }
}

async function deleteChildren(zk: ZooKeeper, path: string, options: OperationOptions): Promise<void> {
  let children: string[];
  try {
    children = await zk.getChildren(path, options);
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return;
    throw error;
  }
  const results = await Promise.allSettled(
    children.map((child) => deleteRecursive(zk, path === "/" ? `/${child}` : `${path}/${child}`, options)),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
