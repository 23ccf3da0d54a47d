import type { GrantLostCode } from "../grant/grant-lost-error.js";

/** Our znode: its name below the queue's path. */
export interface WaiterNode {
  readonly name: string;
  readonly czxid: bigint;
}

export interface Attempt {
  readonly turn: number;
  /** Start of our znode's name, by which it is found after the reply to its creation was lost. */
  readonly marker: string;
}

export type WaiterState =
  | (Attempt & { readonly phase: "idle" | "creating" | "preparing" | "searching" | "ended" })
  /** A child with our marker was found: is it our session's? */
  | (Attempt & { readonly phase: "adopting"; readonly name: string })
  /** `watched` still has our watch, from before this look. */
  | (Attempt & { readonly phase: "listing"; readonly node: WaiterNode; readonly watched: string | undefined })
  | (Attempt & {
      readonly phase: "watching" | "waiting";
      readonly node: WaiterNode;
      readonly watched: string;
      /** The one that is watched is the only one ahead, and our own znode is watched with it: its end is our turn. */
      readonly isNext: boolean;
    })
  | (Attempt & { readonly phase: "granted" | "suspended" | "verifying"; readonly node: WaiterNode });

export type WaiterPhase = WaiterState["phase"];

/**
 * Meaning of a failed step: `again`, it was not done and may be repeated at once, as that waits for the next connection;
 * `unknown`, the same but it may have been done; `fatal`, repeating it at once is useless.
 */
export type Failure = "again" | "unknown" | "fatal";

export type WaiterEvent =
  | { readonly type: "start" }
  | { readonly type: "created"; readonly turn: number; readonly node: WaiterNode }
  | {
      readonly type: "createFailed";
      readonly turn: number;
      readonly marker: string;
      readonly failure: Failure;
      readonly error: unknown;
    }
  | { readonly type: "prepared"; readonly turn: number }
  | { readonly type: "searched"; readonly turn: number; readonly children: readonly string[] }
  | {
      readonly type: "listed";
      readonly turn: number;
      readonly children: readonly string[];
      /** The child that the last holder wants to be next, if it is there. */
      readonly nominee: string | undefined;
    }
  /** State of our own znode; `isOurs`: our session owns it, and no other client changed it. */
  | {
      readonly type: "examined";
      readonly turn: number;
      readonly isOurs: boolean;
      readonly czxid: bigint;
      /** Another contender asked for the grant. */
      readonly isRevocationRequested: boolean;
    }
  | { readonly type: "watched"; readonly turn: number }
  /** The znode that the step was about is not there. */
  | { readonly type: "missing"; readonly turn: number }
  | { readonly type: "failed"; readonly turn: number; readonly failure: Failure; readonly error: unknown }
  /**
   * A watch reported the end of a znode, or a change of the queue; `sessionStillValid`: our session cannot have expired yet.
   */
  | { readonly type: "changed"; readonly name: string; readonly sessionStillValid: boolean }
  /** A watch saw that the data of a znode changed. */
  | { readonly type: "dataChanged"; readonly name: string }
  | { readonly type: "suspended" | "connected" | "expired" | "closed" }
  /** The caller no longer waits; means nothing once elected. */
  | { readonly type: "abort" }
  /** The holder gives the grant back; means nothing before. */
  | { readonly type: "release" };

export type WaiterEffect =
  /** Make our znode. Answers: `created`, `createFailed`, `missing` (the parent). */
  | { readonly type: "create"; readonly turn: number; readonly marker: string }
  /** Make the parents. Answers: `prepared`, `missing`, `failed`. */
  | { readonly type: "prepare"; readonly turn: number }
  /** Catch up with the leader of the ensemble, then list. Answers: `searched`, `missing`, `failed`. */
  | { readonly type: "search"; readonly turn: number }
  /** Look at the queue; `name` is our znode. Answers: `listed`, `missing`, `failed`. */
  | { readonly type: "list"; readonly turn: number; readonly name: string }
  /** Read our own znode, leaving a watch or not. Answers: `examined`, `missing`, `failed`. */
  | { readonly type: "examine"; readonly turn: number; readonly name: string; readonly watch: boolean }
  /**
   * Read the predecessor and leave a watch; and, if `own` is given, our own znode before it. The result of that read is
   * reported like the event of its watch. Answers: `watched`, `missing` (the predecessor), `failed`.
   */
  | { readonly type: "watch"; readonly turn: number; readonly name: string; readonly own: string | undefined }
  | { readonly type: "grant"; readonly node: WaiterNode }
  | { readonly type: "revoke"; readonly code: GrantLostCode; readonly cause?: unknown }
  /** Report a request for the grant to its holder. */
  | { readonly type: "requestRevocation" }
  /** Delete this child, now or as soon as that is possible. */
  | { readonly type: "delete"; readonly name: string }
  /** Take back the watch on this child, or on {@link WHOLE_QUEUE}. */
  | { readonly type: "unwatch"; readonly name: string }
  /** Find the znode that may have been created with this marker and delete it, now or as soon as possible. */
  | { readonly type: "cleanUp"; readonly marker: string }
  /** The caller stops waiting, with this. */
  | { readonly type: "fail"; readonly cause: "aborted" | "closed" }
  | { readonly type: "fail"; readonly cause: "error"; readonly error: unknown };

/** Rules of the queue, besides the events. */
export interface WaiterRules {
  readonly onSuspended: "revoke" | "keep";
  /** A marker that was never used. */
  readonly newMarker: () => string;
  /** Those among the children that `name` has to wait for, the last of them the one to be watched. */
  readonly ahead: (children: readonly string[], name: string) => readonly string[];
  /** True if a change of the holder's znode data asks for the grant. Otherwise such a change ends the grant. */
  readonly isRevocable: boolean;
  /** True if a holder can nominate its successor, so that only a look at the queue shows the next one. */
  readonly mustRelist: boolean;
}

/**
 * Used instead of a name: wait for any change of the queue. For a waiter without a predecessor; only one at a time should
 * use it, as each change wakes all of them.
 */
export const WHOLE_QUEUE = "";

/** Next state, and the effects to carry out, in this order. */
export interface WaiterStep {
  readonly state: WaiterState;
  readonly effects: readonly WaiterEffect[];
}
