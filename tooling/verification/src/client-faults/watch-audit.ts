import type { ZooKeeper } from "@conclave/client";
import { isZkError } from "@conclave/client";
import type { Player } from "./player.ts";
import type { TreeSnapshot } from "./tree-snapshot.ts";
import { ABSENT, type Watch } from "./watch-log.ts";

/** Watches of sessions that are over and were not told so, and those that missed what happened. */
export function missedByWatches(tree: TreeSnapshot, players: readonly Player[]): string[] {
  const found: string[] = [];
  for (const { name, zk, watches } of players) {
    for (const watch of watches.waiting) {
      const title = `${name}: the watch on ${watch.of} ${watch.path}, left in the session ${watch.sessionId}`;
      if (watch.sessionId !== zk.sessionId) found.push(`${title}, was not told that this session is over`);
      const now = tree.word(watch.of, watch.path);
      if (now !== watch.seen) found.push(`${title} on ${watch.seen}, was not told of ${now}`);
    }
  }
  return found;
}

/** Watches that were told of what did not happen. */
export function toldForNothing(tree: TreeSnapshot, players: readonly Player[]): string[] {
  const found: string[] = [];
  for (const { name, zk, watches } of players) {
    for (const { of, path, seen, sessionId, events } of watches.all) {
      const [event] = events;
      if (event === undefined || seen === undefined) continue;
      const title = `${name}: the watch on ${of} ${path}, left on ${seen} in the session ${sessionId}`;
      if (event.type === "sessionEnded") {
        if (sessionId === zk.sessionId) found.push(`${title}, was told that this session is ${event.state}`);
        // What is absent, and a list of names, may have come and gone.
      } else if (seen !== ABSENT && of !== "names" && tree.word(of, path) === seen) {
        found.push(`${title}, was told ${event.type}, and nothing was changed`);
      }
    }
  }
  return found;
}

/** Changes what half of the waiting watches look at. Which ones. */
export async function touchHalf(zk: ZooKeeper, players: readonly Player[]): Promise<readonly Watch[]> {
  const waiting = players.flatMap(({ watches }) => watches.waiting);
  const paths = [...new Set(waiting.map(({ path }) => path))].filter((_path, index) => index % 2 === 0);
  const touched = new Set(paths);
  await Promise.all(paths.map((path) => touch(zk, path)));
  return waiting.filter(({ path }) => touched.has(path));
}

/** Makes, changes, and gives a child: there is no watch that would not see it. */
async function touch(zk: ZooKeeper, path: string): Promise<void> {
  const [made] = await Promise.allSettled([zk.create(path, "touched"), zk.setData(path, "touched")]);
  if (made.status === "rejected" && !isZkError(made.reason, "NODE_EXISTS")) throw made.reason;
  await zk.create(`${path}/touched`).catch((error: unknown) => {
    if (!isZkError(error, "NO_CHILDREN_FOR_EPHEMERALS")) throw error;
  });
}
