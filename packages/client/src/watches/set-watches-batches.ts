import type { SetWatchesRequest } from "@conclave/protocol";
import type { WatchKind } from "./watch-kind.js";
import type { WatchRegistry } from "./watch-registry.js";

/** A request with more text might not fit into what a server takes (Java's ClientCnxn, ZOOKEEPER-706). */
const BATCH_BYTES = 128 * 1024;

/**
 * The requests that leave the watches of a session on the server that it moved to: each with at most 128 KiB of paths
 * (one path at least), all with the zxid that was the last seen before the move, although replies with newer ones come
 * between them. None where there is no watch.
 */
export function setWatchesBatches(
  watches: Pick<WatchRegistry, "paths">,
  relativeZxid: bigint,
  maxBytes = BATCH_BYTES,
): SetWatchesRequest[] {
  const batches: SetWatchesRequest[] = [];
  let batch: { [K in WatchKind]: string[] } | undefined;
  let bytes = 0;
  for (const kind of ["data", "existence", "children"] as const) {
    for (const path of watches.paths(kind)) {
      const length = Buffer.byteLength(path);
      if (batch === undefined || bytes + length > maxBytes) {
        batch = { data: [], existence: [], children: [] };
        batches.push({
          relativeZxid,
          dataWatches: batch.data,
          existWatches: batch.existence,
          childWatches: batch.children,
        });
        bytes = 0;
      }
      batch[kind].push(path);
      bytes += length;
    }
  }
  return batches;
}
