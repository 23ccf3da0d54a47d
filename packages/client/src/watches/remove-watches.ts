import { checkWatches as checkOperation, removeWatches as removeOperation, WatcherType } from "@conclave/protocol";
import type { OperationOptions, RemoveWatchesOptions, WatchType } from "../operation-options.js";
import { argumentError } from "../operations/argument-error.js";
import type { Requests } from "../operations/requests.js";
import { isZkError, ZkError } from "../zk-error.js";
import type { WatchKind } from "./watch-kind.js";
import { watchingPath } from "./watching-paths.js";

const TYPES: { readonly [T in WatchType]: WatcherType } = {
  children: WatcherType.CHILDREN,
  data: WatcherType.DATA,
  any: WatcherType.ANY,
  persistent: WatcherType.PERSISTENT,
  recursive: WatcherType.PERSISTENT_RECURSIVE,
};
const KINDS = {
  data: ["data", "existence"],
  children: ["children"],
  any: ["data", "existence", "children"],
} as const satisfies { [type: string]: readonly WatchKind[] };

/** `ZooKeeper.removeWatches`. */
export async function removeWatches(requests: Requests, path: string, options: RemoveWatchesOptions): Promise<void> {
  const { type = "any", listener, signal } = options;
  const error = argumentError("removeWatches", path) ?? typeError("removeWatches", path, type, KINDS);
  if (error !== undefined) throw error;
  const { chroot, watches } = requests;
  const serverPath = chroot.toServer(path);
  const kinds = KINDS[type];
  if (watches.remove(kinds, serverPath, listener) === 0) {
    const message = `removeWatches ${path}: this client has no such watch`;
    throw new ZkError("NO_WATCHER", message, { outcome: "not-applied", path });
  }
  // Older servers would drop persistent watches of the path too: there the one-shot watch stays, and fires unheard.
  const isShared = watches.persistent.has("persistent", serverPath) || watches.persistent.has("recursive", serverPath);
  const isKept = kinds.some((kind) => watches.has(kind, serverPath));
  if (isKept || isShared || requests.state() !== "connected") return;
  try {
    await requests.submit({
      operation: removeOperation,
      request: { path: serverPath, type: TYPES[type] },
      path,
      isWrite: false,
      signal,
      onResponse: () => {
        // A read that was on its way left a watch that the server dropped with the others.
        const left = kinds.filter((kind) => watches.has(kind, serverPath));
        if (left.length > 0) requests.watchAgain(watchingPath(serverPath, left));
      },
    });
  } catch (failure) {
    // Fired in the meantime, or gone with its connection: the next one does not get it again.
    if (!isZkError(failure, "NO_WATCHER", "CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED")) throw failure;
  }
}

/** `ZooKeeper.checkWatches`. */
export async function checkWatches(
  requests: Requests,
  path: string,
  type: WatchType,
  { signal }: OperationOptions,
): Promise<boolean> {
  const error = argumentError("checkWatches", path) ?? typeError("checkWatches", path, type, TYPES);
  if (error !== undefined) throw error;
  const request = { path: requests.chroot.toServer(path), type: TYPES[type] };
  try {
    return await requests.submit({
      operation: checkOperation,
      request,
      path,
      isWrite: false,
      signal,
      onResponse: () => true,
    });
  } catch (failure) {
    if (isZkError(failure, "NO_WATCHER")) return false;
    throw failure;
  }
}

function typeError(operation: string, path: string, type: string, known: object): ZkError | undefined {
  if (Object.hasOwn(known, type)) return undefined;
  const message = `${operation} "${path}": ${String(type)} is not a type of watch`;
  return new ZkError("BAD_ARGUMENTS", message, { outcome: "not-applied", path });
}
