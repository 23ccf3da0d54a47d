import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { readWaiters } from "../wait-queue/read-waiters.js";
import type { WaiterOrder } from "../wait-queue/waiter-order.js";
import type { LockContender } from "./lock.js";

/** Reads the contenders in the queue at `path`, in queue order. */
export async function readContenders(
  zk: ZooKeeper,
  path: string,
  order: WaiterOrder,
  options: OperationOptions,
): Promise<LockContender[]> {
  const names = order.waiters(await readWaiters(zk, path, options));
  const contenders = await Promise.all(names.map((name) => readContender(zk, `${path}/${name}`, options)));
  return contenders.filter((contender) => contender !== undefined);
}

async function readContender(
  zk: ZooKeeper,
  path: string,
  options: OperationOptions,
): Promise<LockContender | undefined> {
  try {
    const { data, stat } = await zk.getData(path, options);
    return { id: data?.toString("utf8") ?? "", path, fencingToken: stat.czxid, sessionId: stat.ephemeralOwner };
  } catch (error) {
    if (isZkError(error, "NO_NODE")) return undefined;
    throw error;
  }
}
