import type { SetWatches2Request } from "@conclave/protocol";
import type { PersistentKind, WatchKind } from "./watch-kind.js";

/** Watched paths on the server, by kind. */
export interface WatchingPaths {
  paths(kind: WatchKind | PersistentKind): Iterable<string>;
  /** Returns true if the read that left the watch may have shown what the ensemble does not have. */
  isInDoubt(kind: WatchKind | PersistentKind, path: string): boolean;
}

/**
 * Most bytes of paths in one request: longer ones might exceed the server's limit (Java's ClientCnxn, ZOOKEEPER-706).
 */
const BATCH_BYTES = 128 * 1024;
const KINDS = ["data", "existence", "children", "persistent", "recursive"] as const;

/**
 * Returns the requests that restore the watches of a session on a new connection. Each has at most 128 KiB of paths
 * (and at least one path), and the last zxid that was seen before the move, although replies with newer ones arrive
 * between them. Watches in doubt are sent apart, with the zxid 0: they fire for everything that exists. Returns none if
 * there are no watches. A request without persistent watches may be sent as `setWatches`, which older servers support
 * too.
 */
export function setWatchesBatches(
  watches: WatchingPaths,
  relativeZxid: bigint,
  maxBytes = BATCH_BYTES,
): SetWatches2Request[] {
  const certain = new Batches(relativeZxid, maxBytes);
  const inDoubt = new Batches(0n, maxBytes);
  for (const kind of KINDS) {
    for (const path of watches.paths(kind)) (watches.isInDoubt(kind, path) ? inDoubt : certain).add(kind, path);
  }
  return [...certain.all, ...inDoubt.all];
}

/** Requests with the same zxid. */
class Batches {
  readonly all: SetWatches2Request[] = [];
  readonly #relativeZxid: bigint;
  readonly #maxBytes: number;
  #last: { [K in WatchKind | PersistentKind]: string[] } | undefined;
  #bytes = 0;

  constructor(relativeZxid: bigint, maxBytes: number) {
    this.#relativeZxid = relativeZxid;
    this.#maxBytes = maxBytes;
  }

  add(kind: WatchKind | PersistentKind, path: string): void {
    const length = Buffer.byteLength(path);
    const batch = this.#last === undefined || this.#bytes + length > this.#maxBytes ? this.#begin() : this.#last;
    batch[kind].push(path);
    this.#bytes += length;
  }

  #begin(): { [K in WatchKind | PersistentKind]: string[] } {
    const batch = { data: [], existence: [], children: [], persistent: [], recursive: [] };
    this.all.push({
      relativeZxid: this.#relativeZxid,
      dataWatches: batch.data,
      existWatches: batch.existence,
      childWatches: batch.children,
      persistentWatches: batch.persistent,
      persistentRecursiveWatches: batch.recursive,
    });
    this.#last = batch;
    this.#bytes = 0;
    return batch;
  }
}

/** Returns true if the request requires `setWatches2`. */
export function hasPersistent(batch: SetWatches2Request): boolean {
  return batch.persistentWatches.length > 0 || batch.persistentRecursiveWatches.length > 0;
}
