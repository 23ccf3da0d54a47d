import type { ZooKeeper } from "@conclave/client";
import { isZkError } from "@conclave/client";
import type { Actor } from "./actor.ts";
import type { TreeSnapshot } from "./tree-snapshot.ts";
import { ABSENT, type Watch } from "./watch-log.ts";

/** Returns pending watches of ended sessions, and pending watches that missed a change. */
export function missedEvents(tree: TreeSnapshot, actors: readonly Actor[]): string[] {
  const found: string[] = [];
  for (const { name, zk, watches } of actors) {
    for (const watch of watches.pending) {
      const title = `${name}: the watch on ${watch.of} ${watch.path}, set in the session ${watch.sessionId}`;
      if (watch.sessionId !== zk.sessionId) found.push(`${title}, did not fire at the end of this session`);
      const now = tree.word(watch.of, watch.path);
      if (now !== watch.seen) found.push(`${title} on ${watch.seen}, did not fire for the change to ${now}`);
    }
  }
  return found;
}

/** Returns watches that fired without a change. */
export function eventsWithoutChange(tree: TreeSnapshot, actors: readonly Actor[]): string[] {
  const found: string[] = [];
  for (const { name, zk, watches } of actors) {
    for (const { of, path, seen, sessionId, events } of watches.all) {
      const [event] = events;
      if (event === undefined || seen === undefined) continue;
      const title = `${name}: the watch on ${of} ${path}, set on ${seen} in the session ${sessionId}`;
      if (event.type === "sessionEnded") {
        if (sessionId === zk.sessionId) found.push(`${title}, reported this session as ${event.state}`);
        // Skipped: an absent znode, and a list of names, may have changed and changed back.
      } else if (seen !== ABSENT && of !== "names" && tree.word(of, path) === seen) {
        found.push(`${title}, fired with ${event.type} without a change`);
      }
    }
  }
  return found;
}

/** Changes the znodes of half of the pending watches. Returns these watches. */
export async function changeHalf(zk: ZooKeeper, actors: readonly Actor[]): Promise<readonly Watch[]> {
  const pending = actors.flatMap(({ watches }) => watches.pending);
  const paths = [...new Set(pending.map(({ path }) => path))].filter((_path, index) => index % 2 === 0);
  const changed = new Set(paths);
  await Promise.all(paths.map((path) => change(zk, path)));
  return pending.filter(({ path }) => changed.has(path));
}

/** Creates or changes a znode, and adds a child: each kind of watch fires. */
async function change(zk: ZooKeeper, path: string): Promise<void> {
  const [made] = await Promise.allSettled([zk.create(path, "changed"), zk.setData(path, "changed")]);
  if (made.status === "rejected" && !isZkError(made.reason, "NODE_EXISTS")) throw made.reason;
  await zk.create(`${path}/changed`).catch((error: unknown) => {
    if (!isZkError(error, "NO_CHILDREN_FOR_EPHEMERALS")) throw error;
  });
}
