import type { SessionState } from "./session/session-state.js";

/**
 * What a watch saw. `path` is as the caller wrote it, without the chroot.
 *
 * `sessionEnded` says that the session is over (`state` tells how), and with it the watch: what it was to see is
 * unknown.
 */
export type WatchEvent =
  | { readonly type: "nodeCreated" | "nodeDeleted" | "nodeDataChanged" | "nodeChildrenChanged"; readonly path: string }
  | {
      readonly type: "sessionEnded";
      readonly path: string;
      readonly state: Extract<SessionState, "expired" | "closed">;
    };

/**
 * Told what a watch saw. A one-shot watch calls it once: with the change, or with `sessionEnded`. Calls come in the
 * order of the changes, after the result of the read that left the watch and before the result of any operation that
 * could show the change. A listener that throws does not disturb the client.
 */
export type WatchListener = (event: WatchEvent) => void;

/**
 * Changes were missed, or may have been: `path` is the watched path. What is read from now on is no older than the
 * watch, so that a copy which is read anew, and then follows the events, is whole again. (Changes that lie between the
 * event and the reading are told too: apply them by `mzxid`, or read once more.)
 *
 * - `started`: the watch is in place; what was before it is not told. Iterators begin with it.
 * - `reconnected`: the connection was lost, and is there again. Servers do not keep events for who is away.
 * - `overflow`: more events waited for an iterator than it may keep; they were dropped.
 */
export interface WatchGap {
  readonly type: "gap";
  readonly path: string;
  readonly reason: "started" | "reconnected" | "overflow";
}

/** What a persistent watch saw: changes, gaps between them, and at last the end of the session. */
export type PersistentWatchEvent = WatchEvent | WatchGap;

/**
 * Told what a persistent watch saw, in the order of the changes and before the result of any operation that could show
 * the change. After `sessionEnded` it is not called any more. A listener that throws does not disturb the client.
 */
export type PersistentWatchListener = (event: PersistentWatchEvent) => void;
