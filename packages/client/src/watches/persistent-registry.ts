import { EventType, parentPath } from "@conclave/protocol";
import type { PersistentWatchListener } from "../watch-event.js";
import type { PersistentKind } from "./watch-kind.js";

/** One caller's listener on a path. Several share the one watch that the server keeps for the path and kind. */
export class PersistentSubscription {
  readonly kind: PersistentKind;
  /** On the server. */
  readonly path: string;
  readonly listener: PersistentWatchListener;
  /**
   * `waiting` until the server keeps the watch, `over` once the caller or the session ended it. Events go to an `active`
   * one only.
   */
  phase: "waiting" | "active" | "over" = "waiting";

  constructor(kind: PersistentKind, path: string, listener: PersistentWatchListener) {
    this.kind = kind;
    this.path = path;
    this.listener = listener;
  }
}

/** Who listens to persistent watches, and on which paths of the server. */
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

  /** Takes a subscription out. Whether it was there, and the last one for its path and kind. */
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

  /** The paths that the server keeps a watch of this kind for. */
  *paths(kind: PersistentKind): Generator<string> {
    for (const [path, subscriptions] of this.#byKind[kind]) {
      if (someActive(subscriptions)) yield path;
    }
  }

  /** Who is to be told of an event, by the rules of the server: a recursive watch does not see lists of children. */
  listening(type: number, path: string): PersistentSubscription[] {
    const found: PersistentSubscription[] = [];
    const { persistent, recursive } = this.#byKind;
    collect(persistent.get(path), found);
    if (recursive.size === 0 || type === EventType.NODE_CHILDREN_CHANGED) return found;
    for (let at: string | undefined = path; at !== undefined; at = at === "/" ? undefined : parentPath(at)) {
      collect(recursive.get(at), found);
    }
    return found;
  }

  /** All that are active. */
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
