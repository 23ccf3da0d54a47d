import type { SetWatches2Request } from "@conclave/protocol";
import type { PersistentKind, WatchKind } from "./watch-kind.js";

/** The paths on the server that are watched, by kind. */
export interface WatchingPaths {
  paths(kind: WatchKind | PersistentKind): Iterable<string>;
}

/** A request with more text might not fit into what a server takes (Java's ClientCnxn, ZOOKEEPER-706). */
const BATCH_BYTES = 128 * 1024;
const KINDS = ["data", "existence", "children", "persistent", "recursive"] as const;

/**
 * The requests that leave the watches of a session on the server that it moved to: each with at most 128 KiB of paths
 * (one path at least), all with the zxid that was the last seen before the move, although replies with newer ones come
 * between them. None where there is no watch. One without persistent watches may be sent as `setWatches`, which older
 * servers know too.
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

/** Whether only `setWatches2` can say it. */
export function hasPersistent(batch: SetWatches2Request): boolean {
  return batch.persistentWatches.length > 0 || batch.persistentRecursiveWatches.length > 0;
}
