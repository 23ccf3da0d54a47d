import type { Stat } from "@conclave/protocol";
import type { OperationOptions } from "../api/operation-options.js";
import { isZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";

/** Znode that `walk` visits. */
export interface WalkedNode {
  readonly path: string;
  readonly stat: Stat;
}

/**
 * Visits a znode and everything below it: parents before their children, children sorted by name. Each znode is read
 * when it is visited, so the result is not a snapshot, and znodes that are deleted during the walk are left out.
 * Rejects with `NO_NODE` if `path` does not exist.
 */
export async function* walk(
  zk: ZooKeeper,
  path: string,
  options: OperationOptions = {},
): AsyncGenerator<WalkedNode, void, void> {
  yield* visit(zk, path, options, true);
}

async function* visit(
  zk: ZooKeeper,
  path: string,
  options: OperationOptions,
  isTop: boolean,
): AsyncGenerator<WalkedNode, void, void> {
  let children: string[];
  let stat: Stat;
  try {
    ({ children, stat } = await zk.getChildren2(path, options));
  } catch (error) {
    if (!isTop && isZkError(error, "NO_NODE")) return;
    throw error;
  }
  yield { path, stat };
  for (const child of children.sort())
    yield* visit(zk, path === "/" ? `/${child}` : `${path}/${child}`, options, false);
}
