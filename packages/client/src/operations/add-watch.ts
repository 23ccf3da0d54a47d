import { AddWatchMode, addWatch as addWatchOperation, removeWatches, WatcherType } from "@conclave/protocol";
import type { AddWatchOptions } from "../api/operation-options.js";
import type { PersistentWatchListener } from "../api/watch-event.js";
import type { WatchHandle } from "../api/watch-handle.js";
import { isZkError, ZkError } from "../api/zk-error.js";
import { PersistentSubscription } from "../watches/persistent-registry.js";
import type { PersistentKind, WatchKind } from "../watches/watch-kind.js";
import { argumentError } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";

const MODE = { persistent: AddWatchMode.PERSISTENT, recursive: AddWatchMode.PERSISTENT_RECURSIVE } as const;
const TYPE = { persistent: WatcherType.PERSISTENT, recursive: WatcherType.PERSISTENT_RECURSIVE } as const;
const ONE_SHOT: readonly WatchKind[] = ["data", "existence", "children"];
const PERSISTENT: readonly PersistentKind[] = ["persistent", "recursive"];

/** Implements `ZooKeeper.addWatch`. */
export function addWatch(
  context: OperationContext,
  path: string,
  listener: PersistentWatchListener,
  { recursive = false, signal }: AddWatchOptions,
): Promise<WatchHandle> {
  const error = argumentError("addWatch", path) ?? listenerError(path, listener);
  if (error !== undefined) return Promise.reject(error);
  const kind = recursive ? "recursive" : "persistent";
  const subscription = new PersistentSubscription(kind, context.chroot.toServer(path), listener);
  const handle = new PersistentWatchHandle(context, subscription);
  context.watches.persistent.add(subscription);
  const added = context.submit({
    operation: addWatchOperation,
    request: { path: subscription.path, mode: MODE[kind] },
    path,
    // A watch that was aborted after it was sent may exist on the server, and must be removed.
    isWrite: true,
    signal,
    onResponse: (): WatchHandle => {
      context.watches.activate(subscription);
      return handle;
    },
  });
  // The caller receives the original promise, so that continuations run in the order of the replies.
  added.catch((failure: unknown) => handle.dropped(failure));
  return added;
}

/** Handle of one listener of a persistent watch. */
class PersistentWatchHandle implements WatchHandle {
  readonly #context: OperationContext;
  readonly #subscription: PersistentSubscription;
  #removed: Promise<void> | undefined;

  constructor(context: OperationContext, subscription: PersistentSubscription) {
    this.#context = context;
    this.#subscription = subscription;
  }

  get path(): string {
    return this.#context.chroot.toCaller(this.#subscription.path);
  }

  get isActive(): boolean {
    return this.#subscription.phase === "active";
  }

  remove(): Promise<void> {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** Ends the subscription: the watch was not added, or its outcome is unknown. */
  dropped(failure: unknown): void {
    if (isZkError(failure) && failure.outcome === "unknown" && failure.code === "ABORTED") void this.remove();
    else this.#leave();
  }

  /** Ends the subscription. Returns true if the server's watch has no listener any more. */
  #leave(): boolean {
    this.#subscription.phase = "over";
    return this.#context.watches.persistent.delete(this.#subscription);
  }

  async #remove(): Promise<void> {
    const { kind, path } = this.#subscription;
    if (!this.#leave() || this.#context.state() !== "connected") return;
    try {
      await this.#removeFromServer(TYPE[kind]);
    } catch (error) {
      if (isGone(error)) return;
      if (!isZkError(error, "MARSHALLING_ERROR")) throw error;
      await this.#removeOnOldServer(path);
    }
  }

  /**
   * Servers before 3.9 can only remove all watches of a path at once. Done only if no other watch exists on the path.
   */
  async #removeOnOldServer(path: string): Promise<void> {
    const { watches } = this.#context;
    if (ONE_SHOT.some((kind) => watches.isInUse(kind, path))) return;
    if (PERSISTENT.some((kind) => watches.persistent.has(kind, path))) return;
    try {
      await this.#removeFromServer(WatcherType.ANY);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #removeFromServer(type: number): Promise<void> {
    return this.#context.submit({
      operation: removeWatches,
      request: { path: this.#subscription.path, type },
      path: this.path,
      isWrite: false,
      onResponse: () => undefined,
    });
  }
}

/** Returns true if the server does not have the watch, or has no connection of this client that could have it. */
function isGone(error: unknown): boolean {
  return isZkError(error, "NO_WATCHER", "CONNECTION_LOSS", "SESSION_EXPIRED", "CLOSED");
}

function listenerError(path: string, listener: unknown): ZkError | undefined {
  if (typeof listener === "function") return undefined;
  return new ZkError("BAD_ARGUMENTS", `addWatch "${path}": the listener must be a function`, {
    outcome: "not-applied",
    path,
  });
}
