import { EventType, type WatcherEvent } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import { microtask } from "@conclave/runtime";
import type { PersistentWatchEvent, WatchEvent, WatchGap, WatchListener } from "../api/watch-event.js";
import type { Chroot } from "../paths/chroot.js";
import { PersistentRegistry, type PersistentSubscription } from "./persistent-registry.js";
import type { PersistentKind, WatchKind } from "./watch-kind.js";

type Watches = Map<string, Set<WatchListener>>;
type ChangeType = Exclude<WatchEvent["type"], "sessionEnded">;
type Ending = Extract<WatchEvent, { type: "sessionEnded" }>["state"];

/** Name of each event type, and the kinds of watches that it consumes. */
const CHANGES = new Map<number, { readonly type: ChangeType; readonly kinds: readonly WatchKind[] }>([
  [EventType.NODE_CREATED, { type: "nodeCreated", kinds: ["data", "existence"] }],
  [EventType.NODE_DATA_CHANGED, { type: "nodeDataChanged", kinds: ["data", "existence"] }],
  [EventType.NODE_DELETED, { type: "nodeDeleted", kinds: ["data", "existence", "children"] }],
  [EventType.NODE_CHILDREN_CHANGED, { type: "nodeChildrenChanged", kinds: ["children"] }],
]);

/**
 * Watches of a session, by their path on the server. All listeners on the same path and kind share one watch on the
 * server.
 *
 * A one-shot listener is removed when its event is parsed, and called in a microtask. So it runs after the continuation
 * of the read that left it, and before those of later replies, even if all arrived in one chunk.
 */
export class WatchRegistry {
  readonly #chroot: Chroot;
  readonly #logger: Logger;
  readonly #watches: { readonly [K in WatchKind]: Watches } = {
    data: new Map(),
    existence: new Map(),
    children: new Map(),
  };
  /** Watches that remain when they fire. */
  readonly persistent = new PersistentRegistry();
  /** Number of reads in flight that will leave a watch. */
  readonly #pendingReads: { readonly [K in WatchKind]: Map<string, number> } = {
    data: new Map(),
    existence: new Map(),
    children: new Map(),
  };
  #closed = false;
  /**
   * True while a read-only server answers. It may show what the ensemble never commits, so one-shot watches that are
   * added meanwhile are in doubt until the session's next server has them.
   */
  isReadOnly = false;
  readonly #inDoubt: { readonly [K in WatchKind]: Set<string> } = {
    data: new Set(),
    existence: new Set(),
    children: new Set(),
  };

  constructor(chroot: Chroot, logger: Logger) {
    this.#chroot = chroot;
    this.#logger = logger;
  }

  /** Adds a listener for which the server now keeps a watch. */
  add(kind: WatchKind, serverPath: string, listener: WatchListener): void {
    if (this.#closed) {
      this.#reportEnd(serverPath, new Set([listener]), "closed");
      return;
    }
    if (this.isReadOnly) this.#inDoubt[kind].add(serverPath);
    const listeners = this.#watches[kind].get(serverPath);
    if (listeners === undefined) this.#watches[kind].set(serverPath, new Set([listener]));
    else listeners.add(listener);
  }

  /** Passes an event of the server to its listeners. */
  notify({ type, path }: WatcherEvent): void {
    const change = CHANGES.get(type);
    if (change === undefined) {
      this.#logger.debug("zookeeper: unknown type of watch event", { type, path });
      return;
    }
    const listeners = this.#takeListeners(change.kinds, path);
    const subscriptions = this.persistent.listening(type, path);
    const event = { type: change.type, path: this.#chroot.toCaller(path) } as const;
    this.#notifyListeners(listeners, event);
    for (const subscription of subscriptions) this.#notifySubscription(subscription, event);
  }

  /** Starts to report events, because the server keeps the watch now. */
  activate(subscription: PersistentSubscription): void {
    if (subscription.phase !== "waiting") return;
    subscription.phase = "active";
    if (this.#closed) this.#endSubscription(subscription, "closed");
  }

  /** Reports to every persistent watch that changes may have been missed. */
  reportGap(reason: WatchGap["reason"]): void {
    for (const subscription of this.persistent.active()) {
      this.#notifySubscription(subscription, { type: "gap", path: this.#chroot.toCaller(subscription.path), reason });
    }
  }

  /** Removes one-shot listeners: `listener`, or all of these kinds at the path. Returns their number. */
  remove(kinds: readonly WatchKind[], serverPath: string, listener: WatchListener | undefined): number {
    let removed = 0;
    for (const kind of kinds) {
      const listeners = this.#watches[kind].get(serverPath);
      if (listeners === undefined) continue;
      const before = listeners.size;
      if (listener === undefined) listeners.clear();
      else listeners.delete(listener);
      removed += before - listeners.size;
      if (listeners.size === 0) this.#watches[kind].delete(serverPath);
    }
    return removed;
  }

  /** Counts `read`, which will leave a watch of this kind, until it settles. */
  expectWatch(kind: WatchKind, serverPath: string, read: Promise<unknown>): void {
    const pending = this.#pendingReads[kind];
    pending.set(serverPath, (pending.get(serverPath) ?? 0) + 1);
    const settled = (): void => {
      const left = pending.get(serverPath)! - 1;
      if (left === 0) pending.delete(serverPath);
      else pending.set(serverPath, left);
    };
    read.then(settled, settled);
  }

  /** Returns true if a one-shot watch of this kind exists at the path, or a read in flight will leave one. */
  isInUse(kind: WatchKind, serverPath: string): boolean {
    return this.#watches[kind].has(serverPath) || this.#pendingReads[kind].has(serverPath);
  }

  /** Reports the end of the session to all listeners, and removes them. After `closed` no watches can be added. */
  end(state: Ending): void {
    this.#closed = state === "closed";
    this.confirm();
    const all = new Map<string, Set<WatchListener>>();
    for (const watches of Object.values(this.#watches)) {
      for (const [path, listeners] of watches) all.set(path, new Set([...(all.get(path) ?? []), ...listeners]));
      watches.clear();
    }
    for (const [path, listeners] of all) this.#reportEnd(path, listeners, state);
    for (const subscription of this.persistent.active()) this.#endSubscription(subscription, state);
  }

  /** Returns the paths on the server that have a watch of this kind. */
  paths(kind: WatchKind | PersistentKind): Iterable<string> {
    return kind === "persistent" || kind === "recursive" ? this.persistent.paths(kind) : this.#watches[kind].keys();
  }

  /** Returns true if the watch was left by a read from a read-only server, and no other server has it yet. */
  isInDoubt(kind: WatchKind | PersistentKind, serverPath: string): boolean {
    return kind !== "persistent" && kind !== "recursive" && this.#inDoubt[kind].has(serverPath);
  }

  /** Ends the doubt about all watches: the session's server has them. */
  confirm(): void {
    for (const paths of Object.values(this.#inDoubt)) paths.clear();
  }

  #takeListeners(kinds: readonly WatchKind[], path: string): ReadonlySet<WatchListener> {
    const taken = new Set<WatchListener>();
    for (const kind of kinds) {
      const listeners = this.#watches[kind].get(path);
      if (listeners === undefined) continue;
      this.#watches[kind].delete(path);
      for (const listener of listeners) taken.add(listener);
    }
    return taken;
  }

  #reportEnd(serverPath: string, listeners: ReadonlySet<WatchListener>, state: Ending): void {
    this.#notifyListeners(listeners, { type: "sessionEnded", path: this.#chroot.toCaller(serverPath), state });
  }

  #endSubscription(subscription: PersistentSubscription, state: Ending): void {
    this.persistent.delete(subscription);
    const { path } = subscription;
    microtask(() => {
      if (subscription.phase === "over") return;
      subscription.phase = "over";
      this.#call(subscription.listener, { type: "sessionEnded", path: this.#chroot.toCaller(path), state });
    });
  }

  #notifySubscription(subscription: PersistentSubscription, event: PersistentWatchEvent): void {
    microtask(() => {
      if (subscription.phase === "active") this.#call(subscription.listener, event);
    });
  }

  #notifyListeners(listeners: ReadonlySet<WatchListener>, event: WatchEvent): void {
    microtask(() => {
      for (const listener of listeners) this.#call(listener, event);
    });
  }

  #call<Event extends PersistentWatchEvent>(listener: (event: Event) => void, event: Event): void {
    try {
      listener(event);
    } catch (error) {
      this.#logger.error("zookeeper: watch listener threw an error", { error, event });
    }
  }
}
