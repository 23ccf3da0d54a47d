import { EventType, type WatcherEvent } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import type { Chroot } from "../chroot.js";
import type { WatchEvent, WatchListener } from "../watch-event.js";
import type { WatchKind } from "./watch-kind.js";

type Watches = Map<string, Set<WatchListener>>;
type ChangeType = Exclude<WatchEvent["type"], "sessionEnded">;
type Ending = Extract<WatchEvent, { type: "sessionEnded" }>["state"];

/** What each type of event is called, and whose watches it uses up. */
const CHANGES = new Map<number, { readonly type: ChangeType; readonly kinds: readonly WatchKind[] }>([
  [EventType.NODE_CREATED, { type: "nodeCreated", kinds: ["data", "existence"] }],
  [EventType.NODE_DATA_CHANGED, { type: "nodeDataChanged", kinds: ["data", "existence"] }],
  [EventType.NODE_DELETED, { type: "nodeDeleted", kinds: ["data", "existence", "children"] }],
  [EventType.NODE_CHILDREN_CHANGED, { type: "nodeChildrenChanged", kinds: ["children"] }],
]);

/**
 * The one-shot watches of a session, by the path on the server. Several listeners on one path and kind share the one
 * watch that the server keeps.
 *
 * A listener is taken out in the moment in which its event is read, and called in a microtask: so it is called after
 * the continuation of the read that left it, and before those of later replies, even where all came in one chunk.
 */
export class WatchRegistry {
  readonly #chroot: Chroot;
  readonly #logger: Logger;
  readonly #watches: { readonly [K in WatchKind]: Watches } = {
    data: new Map(),
    existence: new Map(),
    children: new Map(),
  };
  #closed = false;

  constructor(chroot: Chroot, logger: Logger) {
    this.#chroot = chroot;
    this.#logger = logger;
  }

  /** Adds a listener for which the server now keeps a watch. */
  add(kind: WatchKind, serverPath: string, listener: WatchListener): void {
    if (this.#closed) {
      this.#tellEnding(serverPath, new Set([listener]), "closed");
      return;
    }
    const listeners = this.#watches[kind].get(serverPath);
    if (listeners === undefined) this.#watches[kind].set(serverPath, new Set([listener]));
    else listeners.add(listener);
  }

  /** Hands an event of the server to the listeners that waited for it. */
  notify({ type, path }: WatcherEvent): void {
    const change = CHANGES.get(type);
    if (change === undefined) {
      this.#logger.debug("zookeeper: a watch event of an unknown type", { type, path });
      return;
    }
    const listeners = this.#take(change.kinds, path);
    if (listeners.size > 0) this.#tell(listeners, { type: change.type, path: this.#chroot.toCaller(path) });
  }

  /** Tells all listeners that the session is over and forgets them. After `closed` there are no further watches. */
  end(state: Ending): void {
    this.#closed = state === "closed";
    const all = new Map<string, Set<WatchListener>>();
    for (const watches of Object.values(this.#watches)) {
      for (const [path, listeners] of watches) all.set(path, new Set([...(all.get(path) ?? []), ...listeners]));
      watches.clear();
    }
    for (const [path, listeners] of all) this.#tellEnding(path, listeners, state);
  }

  /** The paths on the server that have a watch of this kind. */
  paths(kind: WatchKind): IterableIterator<string> {
    return this.#watches[kind].keys();
  }

  #take(kinds: readonly WatchKind[], path: string): ReadonlySet<WatchListener> {
    const taken = new Set<WatchListener>();
    for (const kind of kinds) {
      const listeners = this.#watches[kind].get(path);
      if (listeners === undefined) continue;
      this.#watches[kind].delete(path);
      for (const listener of listeners) taken.add(listener);
    }
    return taken;
  }

  #tellEnding(serverPath: string, listeners: ReadonlySet<WatchListener>, state: Ending): void {
    this.#tell(listeners, { type: "sessionEnded", path: this.#chroot.toCaller(serverPath), state });
  }

  #tell(listeners: ReadonlySet<WatchListener>, event: WatchEvent): void {
    queueMicrotask(() => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          this.#logger.error("zookeeper: a watch listener threw", { error, event });
        }
      }
    });
  }
}
