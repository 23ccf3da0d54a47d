import { isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import type { LineOrder } from "../line/line-order.js";
import { readLine } from "../line/read-line.js";
import type { LockContender } from "./lock.js";

/** Those who stand in the line at `path`, first in line first. */
export async function readContenders(
  zk: ZooKeeper,
  path: string,
  order: LineOrder,
  options: OperationOptions,
): Promise<LockContender[]> {
  const names = order.inLine(await readLine(zk, path, options));
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
