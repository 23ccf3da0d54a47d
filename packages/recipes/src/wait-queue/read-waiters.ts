import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { inCreationOrder } from "./creation-order.js";

/** The children of a line's znode, as a `waiterOrder` wants them; none where it is not there. */
export async function readWaiters(zk: ZooKeeper, path: string, options: OperationOptions): Promise<readonly string[]> {
  try {
    return await inCreationOrder(zk, path, await zk.getChildren(path, options), options);
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return [];
    throw error;
  }
}
