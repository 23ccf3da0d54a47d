import { removeWatches as removeOperation, WatcherType } from "@conclave/protocol";
import { isZkError } from "../api/zk-error.js";
import type { WatchKind } from "../watches/watch-kind.js";
import type { OperationContext } from "./operation-context.js";

/** Kinds of one-shot watches that the server removes by one request. */
export const REMOVED_KINDS = {
  data: ["data", "existence"],
  children: ["children"],
  any: ["data", "existence", "children"],
} as const satisfies { [type: string]: readonly WatchKind[] };

const TYPES = { data: WatcherType.DATA, children: WatcherType.CHILDREN, any: WatcherType.ANY } as const;

/** Watch that the server is to remove. */
export interface ServerWatch {
  readonly type: keyof typeof REMOVED_KINDS;
  readonly serverPath: string;
  /** Path as the caller wrote it, for errors. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server to remove a watch without listeners. Does nothing without a connection, because the next one does not
 * restore the watch. Reads that are called later are sent after this request, and keep their watches.
 */
export async function removeServerWatch(
  context: OperationContext,
  { type, serverPath, path, signal }: ServerWatch,
): Promise<void> {
  const { watches } = context;
  const kinds = REMOVED_KINDS[type];
  // Older servers would remove persistent watches of the path too: there the watch stays, and its event is ignored.
  const isShared = watches.persistent.has("persistent", serverPath) || watches.persistent.has("recursive", serverPath);
  const isInUse = kinds.some((kind) => watches.isInUse(kind, serverPath));
  if (isInUse || isShared || context.state() !== "connected") return;
  try {
    await context.submit({
      operation: removeOperation,
      request: { path: serverPath, type: TYPES[type] },
      path,
      isWrite: false,
      signal,
      onResponse: () => undefined,
    });
  } catch (failure) {
    // The watch has fired, or was lost with its connection; the next connection does not restore it.
    if (!isZkError(failure, "NO_WATCHER", "CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED")) throw failure;
  }
}
