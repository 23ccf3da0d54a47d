import { removeWatches as removeOperation, WatcherType } from "@conclave/protocol";
import type { Requests } from "../operations/requests.js";
import { isZkError } from "../zk-error.js";
import type { WatchKind } from "./watch-kind.js";

/** The kinds of one-shot watches that the server drops at once. */
export const DROPPED_KINDS = {
  data: ["data", "existence"],
  children: ["children"],
  any: ["data", "existence", "children"],
} as const satisfies { [type: string]: readonly WatchKind[] };

const TYPES = { data: WatcherType.DATA, children: WatcherType.CHILDREN, any: WatcherType.ANY } as const;

/** What the server is to drop. */
export interface DroppedWatch {
  readonly type: keyof typeof DROPPED_KINDS;
  readonly serverPath: string;
  /** As the caller wrote it, for errors. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has the server drop a watch that nobody wants, if it has it. Nothing without a connection: the next does not get it.
 * Reads that are to leave such a watch later are sent behind this, and keep theirs.
 */
export async function dropWatch(requests: Requests, { type, serverPath, path, signal }: DroppedWatch): Promise<void> {
  const { watches } = requests;
  const kinds = DROPPED_KINDS[type];
  // Older servers would drop persistent watches of the path too: there the one-shot watch stays, and fires unheard.
  const isShared = watches.persistent.has("persistent", serverPath) || watches.persistent.has("recursive", serverPath);
  const isWanted = kinds.some((kind) => watches.isWanted(kind, serverPath));
  if (isWanted || isShared || requests.state() !== "connected") return;
  try {
    await requests.submit({
      operation: removeOperation,
      request: { path: serverPath, type: TYPES[type] },
      path,
      isWrite: false,
      signal,
      onResponse: () => undefined,
    });
  } catch (failure) {
    // Fired in the meantime, or gone with its connection: the next one does not get it again.
    if (!isZkError(failure, "NO_WATCHER", "CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED")) throw failure;
  }
}
