import { checkWatches as checkOperation, WatcherType } from "@conclave/protocol";
import type { OperationOptions, RemoveWatchesOptions, WatchType } from "../api/operation-options.js";
import { isZkError, ZkError } from "../api/zk-error.js";
import { argumentError } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";
import { REMOVED_KINDS, removeServerWatch } from "./remove-server-watch.js";

const TYPES: { readonly [T in WatchType]: WatcherType } = {
  children: WatcherType.CHILDREN,
  data: WatcherType.DATA,
  any: WatcherType.ANY,
  persistent: WatcherType.PERSISTENT,
  recursive: WatcherType.PERSISTENT_RECURSIVE,
};

/** Implements `ZooKeeper.removeWatches`. */
export async function removeWatches(
  context: OperationContext,
  path: string,
  options: RemoveWatchesOptions,
): Promise<void> {
  const { type = "any", listener, signal } = options;
  const error = argumentError("removeWatches", path) ?? typeError("removeWatches", path, type, REMOVED_KINDS);
  if (error !== undefined) throw error;
  const { chroot, watches } = context;
  const serverPath = chroot.toServer(path);
  if (watches.remove(REMOVED_KINDS[type], serverPath, listener) === 0) {
    const message = `removeWatches ${path}: this client has no such watch`;
    throw new ZkError("NO_WATCHER", message, { outcome: "not-applied", path });
  }
  await removeServerWatch(context, { type, serverPath, path, signal });
}

/** Implements `ZooKeeper.checkWatches`. */
export async function checkWatches(
  context: OperationContext,
  path: string,
  type: WatchType,
  { signal }: OperationOptions,
): Promise<boolean> {
  const error = argumentError("checkWatches", path) ?? typeError("checkWatches", path, type, TYPES);
  if (error !== undefined) throw error;
  const request = { path: context.chroot.toServer(path), type: TYPES[type] };
  try {
    return await context.submit({
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
  const message = `${operation} "${path}": ${String(type)} is not a valid watch type`;
  return new ZkError("BAD_ARGUMENTS", message, { outcome: "not-applied", path });
}
