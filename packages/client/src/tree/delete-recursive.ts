import type { OperationOptions } from "../operation-options.js";
import { isZkError } from "../zk-error.js";
import type { ZooKeeper } from "../zookeeper.js";

/**
 * Deletes a znode and everything below it, also what others make there meanwhile. Resolves when it is gone, or was not
 * there. Not at once: others see it go piece by piece, and where it rejects, a part is gone.
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
