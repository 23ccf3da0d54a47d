import { EventType, parentPath } from "@conclave/protocol";
import type { PersistentWatchListener } from "../api/watch-event.js";
import type { PersistentKind } from "./watch-kind.js";

/** Listener on a path. All listeners on the same path and kind share one watch on the server. */
export class PersistentSubscription {
  readonly kind: PersistentKind;
  /** Path on the server. */
  readonly path: string;
  readonly listener: PersistentWatchListener;
  /**
   * Phase: `waiting` until the server keeps the watch, then `active`, and `over` once the caller or the session ended
   * it. Only active subscriptions receive events.
   */
  phase: "waiting" | "active" | "over" = "waiting";

  constructor(kind: PersistentKind, path: string, listener: PersistentWatchListener) {
    this.kind = kind;
    this.path = path;
    this.listener = listener;
  }
}

/** Subscriptions of persistent watches, by their path on the server. */
export class PersistentRegistry {
  readonly #byKind: { readonly [K in PersistentKind]: Map<string, Set<PersistentSubscription>> } = {
    persistent: new Map(),
    recursive: new Map(),
  };

  add(subscription: PersistentSubscription): void {
    const paths = this.#byKind[subscription.kind];
    const there = paths.get(subscription.path);
    if (there === undefined) paths.set(subscription.path, new Set([subscription]));
    else there.add(subscription);
  }

  /** Removes a subscription. Returns true if it was the last one for its path and kind. */
  delete(subscription: PersistentSubscription): boolean {
    const paths = this.#byKind[subscription.kind];
    const there = paths.get(subscription.path);
    if (there === undefined || !there.delete(subscription) || there.size > 0) return false;
    paths.delete(subscription.path);
    return true;
  }

  has(kind: PersistentKind, path: string): boolean {
    return this.#byKind[kind].has(path);
  }

  /** Returns the paths for which the server keeps a watch of this kind. */
  *paths(kind: PersistentKind): Generator<string> {
    for (const [path, subscriptions] of this.#byKind[kind]) {
      if (someActive(subscriptions)) yield path;
    }
  }

  /**
   * Returns the subscriptions for an event, by the server's rules: recursive watches receive no changes of lists of
   * children.
   */
  listening(type: number, path: string): PersistentSubscription[] {
    const found: PersistentSubscription[] = [];
    const { persistent, recursive } = this.#byKind;
    collect(persistent.get(path), found);
    if (type === EventType.NODE_CHILDREN_CHANGED) return found;
    for (let at: string | undefined = path; at !== undefined; at = at === "/" ? undefined : parentPath(at)) {
      collect(recursive.get(at), found);
    }
    return found;
  }

  /** Returns all active subscriptions. */
  active(): PersistentSubscription[] {
    const found: PersistentSubscription[] = [];
    for (const paths of Object.values(this.#byKind)) {
      for (const subscriptions of paths.values()) collect(subscriptions, found);
    }
    return found;
  }
}

function collect(subscriptions: Iterable<PersistentSubscription> | undefined, into: PersistentSubscription[]): void {
  for (const each of subscriptions ?? []) {
    if (each.phase === "active") into.push(each);
  }
}

function someActive(subscriptions: Iterable<PersistentSubscription>): boolean {
  for (const each of subscriptions) {
    if (each.phase === "active") return true;
  }
  return false;
}
