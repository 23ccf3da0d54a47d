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
