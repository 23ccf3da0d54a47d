import type { SetWatches2Request } from "@conclave/protocol";
import type { PersistentKind, WatchKind } from "./watch-kind.js";

/** Watched paths on the server, by kind. */
export interface WatchingPaths {
  paths(kind: WatchKind | PersistentKind): Iterable<string>;
}

/**
 * Most bytes of paths in one request: longer ones might exceed the server's limit (Java's ClientCnxn, ZOOKEEPER-706).
 */
const BATCH_BYTES = 128 * 1024;
const KINDS = ["data", "existence", "children", "persistent", "recursive"] as const;

/**
 * Returns the requests that restore the watches of a session on a new connection. Each has at most 128 KiB of paths
 * (and at least one path), and all have the last zxid that was seen before the move, although replies with newer ones
 * arrive between them. Returns none if there are no watches. A request without persistent watches may be sent as
 * `setWatches`, which older servers support too.
 */
export function setWatchesBatches(
  watches: WatchingPaths,
  relativeZxid: bigint,
  maxBytes = BATCH_BYTES,
): SetWatches2Request[] {
  const batches: SetWatches2Request[] = [];
  let batch: { [K in WatchKind | PersistentKind]: string[] } | undefined;
  let bytes = 0;
  for (const kind of KINDS) {
    for (const path of watches.paths(kind)) {
      const length = Buffer.byteLength(path);
      if (batch === undefined || bytes + length > maxBytes) {
        batch = { data: [], existence: [], children: [], persistent: [], recursive: [] };
        batches.push({
          relativeZxid,
          dataWatches: batch.data,
          existWatches: batch.existence,
          childWatches: batch.children,
          persistentWatches: batch.persistent,
          persistentRecursiveWatches: batch.recursive,
        });
        bytes = 0;
      }
      batch[kind].push(path);
      bytes += length;
    }
  }
  return batches;
}

/** Returns true if the request requires `setWatches2`. */
export function hasPersistent(batch: SetWatches2Request): boolean {
  return batch.persistentWatches.length > 0 || batch.persistentRecursiveWatches.length > 0;
}
