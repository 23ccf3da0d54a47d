import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { inCreationOrder } from "./creation-order.js";

/** Reads the children of a queue's znode as the input of a `waiterOrder`; none if it does not exist. */
export async function readWaiters(zk: ZooKeeper, path: string, options: OperationOptions): Promise<readonly string[]> {
  try {
    return await inCreationOrder(zk, path, await zk.getChildren(path, options), options);
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return [];
    throw error;
  }
}
