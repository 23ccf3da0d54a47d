import type { SessionState } from "./zookeeper-events.js";

/**
 * Event of a one-shot watch. `path` is the path as the caller wrote it, without the chroot.
 *
 * After `sessionEnded` the watch does not exist any more, and changes may have been missed; `state` shows how the
 * session ended.
 */
export type WatchEvent =
  | { readonly type: "nodeCreated" | "nodeDeleted" | "nodeDataChanged" | "nodeChildrenChanged"; readonly path: string }
  | {
      readonly type: "sessionEnded";
      readonly path: string;
      readonly state: Extract<SessionState, "expired" | "closed">;
    };

/**
 * Listener of a one-shot watch. It is called once: with the change, or with `sessionEnded`. Calls follow the order of
 * the changes, after the result of the read that left the watch, and before the result of any operation that could show
 * the change. Errors that it throws are logged and have no other effect.
 */
export type WatchListener = (event: WatchEvent) => void;

/**
 * Changes at or below `path` may have been missed. Data that is read from now on is at least as new as the watch, so a
 * copy is complete again once it is read again and then updated by the events. (Changes between this event and the read
 * are reported as well: compare `mzxid`, or read once more.)
 *
 * - `started`: the watch is active; earlier changes are not reported. Iterators begin with this event.
 * - `reconnected`: the connection was lost, and there is a new one. Servers keep no events for disconnected clients.
 * - `overflow`: more events waited for an iterator than it may buffer, and were dropped.
 */
export interface WatchGap {
  readonly type: "gap";
  readonly path: string;
  readonly reason: "started" | "reconnected" | "overflow";
}

/** Event of a persistent watch: a change, a gap in the changes, or the end of the session. */
export type PersistentWatchEvent = WatchEvent | WatchGap;

/**
 * Listener of a persistent watch. Calls follow the order of the changes, and come before the result of any operation
 * that could show the change. `sessionEnded` is the last call. Errors that it throws are logged and have no other
 * effect.
 */
export type PersistentWatchListener = (event: PersistentWatchEvent) => void;
