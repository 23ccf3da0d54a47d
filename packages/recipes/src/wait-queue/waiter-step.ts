import type { GrantLostCode } from "../grant/grant-lost-error.js";

/** Znode of a waiter. */
export interface WaiterNode {
  /** Name of the znode, relative to the queue's path. */
  readonly name: string;
  readonly czxid: bigint;
}

/** Fields of every state. */
export interface Attempt {
  /** Id of the last request; an answer with an older id is stale. */
  readonly requestId: number;
  /** Prefix of the znode's name, by which the znode is found if the reply to its creation is lost. */
  readonly marker: string;
}

export type WaiterState =
  | (Attempt & { readonly phase: "idle" | "creating" | "preparing" | "searching" | "ended" })
  /** `name`: a child with this waiter's marker, created by this session or by an expired one. */
  | (Attempt & { readonly phase: "adopting"; readonly name: string })
  /** `watched`: znode on which a watch set before this read of the queue is still pending. */
  | (Attempt & { readonly phase: "listing"; readonly node: WaiterNode; readonly watched: string | undefined })
  | (Attempt & {
      readonly phase: "watching" | "waiting";
      readonly node: WaiterNode;
      readonly watched: string;
      /**
       * True if `watched` is the only predecessor and the own znode is watched too: the deletion of `watched` then grants at
       * once.
       */
      readonly isNext: boolean;
    })
  | (Attempt & { readonly phase: "granted" | "suspended" | "verifying"; readonly node: WaiterNode });

export type WaiterPhase = WaiterState["phase"];

/**
 * Kind of a failed request. `again`: it was not applied; repeat it at once, which waits for the next connection. `unknown`:
 * it may have been applied. `fatal`: an immediate retry would fail too.
 */
export type Failure = "again" | "unknown" | "fatal";

export type WaiterEvent =
  | { readonly type: "start" }
  | { readonly type: "created"; readonly requestId: number; readonly node: WaiterNode }
  | {
      readonly type: "createFailed";
      readonly requestId: number;
      readonly marker: string;
      readonly failure: Failure;
      readonly error: unknown;
    }
  | { readonly type: "prepared"; readonly requestId: number }
  | { readonly type: "searched"; readonly requestId: number; readonly children: readonly string[] }
  | {
      readonly type: "listed";
      readonly requestId: number;
      readonly children: readonly string[];
      /** Child that the last holder nominated as its successor; undefined if there is none. */
      readonly nominee: string | undefined;
    }
  /**
   * State of the waiter's znode. `isOwn`: this session owns it and, if the queue is not revocable, no other client wrote to it.
   */
  | {
      readonly type: "examined";
      readonly requestId: number;
      readonly isOwn: boolean;
      readonly czxid: bigint;
      /** True if another contender requested the grant. */
      readonly isRevocationRequested: boolean;
    }
  | { readonly type: "watched"; readonly requestId: number }
  /** The znode of the request does not exist. */
  | { readonly type: "missing"; readonly requestId: number }
  | { readonly type: "failed"; readonly requestId: number; readonly failure: Failure; readonly error: unknown }
  /**
   * A watch reported that a znode was deleted, or that the queue changed. `sessionStillValid`: the session cannot have expired
   * before the event.
   */
  | { readonly type: "changed"; readonly name: string; readonly sessionStillValid: boolean }
  /** A watch reported that the data of a znode changed. */
  | { readonly type: "dataChanged"; readonly name: string }
  | { readonly type: "suspended" | "connected" | "expired" | "closed" }
  /** The caller aborts the wait. Ignored after the grant. */
  | { readonly type: "abort" }
  /** The holder releases the grant. Ignored before the grant. */
  | { readonly type: "release" };

export type WaiterEffect =
  /** Create the waiter's znode. Answers: `created`, `createFailed`, `missing` (the parent). */
  | { readonly type: "create"; readonly requestId: number; readonly marker: string }
  /** Create the parents. Answers: `prepared`, `missing`, `failed`. */
  | { readonly type: "prepare"; readonly requestId: number }
  /** Read the children after `sync`, so that the list is up to date. Answers: `searched`, `missing`, `failed`. */
  | { readonly type: "search"; readonly requestId: number }
  /** Read the queue; `name` is the waiter's znode. Answers: `listed`, `missing`, `failed`. */
  | { readonly type: "list"; readonly requestId: number; readonly name: string }
  /** Read the waiter's znode and, if `watch` is true, set a watch on it. Answers: `examined`, `missing`, `failed`. */
  | { readonly type: "examine"; readonly requestId: number; readonly name: string; readonly watch: boolean }
  /**
   * Read the predecessor and set a watch on it. If `own` is given, do the same with the waiter's znode first; that it is
   * deleted or changed is then reported as by its watch. Answers: `watched`, `missing` (the predecessor), `failed`.
   */
  | { readonly type: "watch"; readonly requestId: number; readonly name: string; readonly own: string | undefined }
  | { readonly type: "grant"; readonly node: WaiterNode }
  | { readonly type: "revoke"; readonly code: GrantLostCode; readonly cause?: unknown }
  /** Notify the holder that another contender requested the grant. */
  | { readonly type: "requestRevocation" }
  /** Delete this child; retry until done. */
  | { readonly type: "delete"; readonly name: string }
  /** Remove the watch on this child, or on {@link WHOLE_QUEUE}. */
  | { readonly type: "unwatch"; readonly name: string }
  /** Delete the znode that may have been created with this marker; retry until done. */
  | { readonly type: "cleanUp"; readonly marker: string }
  /** Reject the caller's wait. */
  | { readonly type: "fail"; readonly cause: "aborted" | "closed" }
  | { readonly type: "fail"; readonly cause: "error"; readonly error: unknown };

/** Rules in which the kinds of queues differ. */
export interface WaiterRules {
  readonly onSuspended: "revoke" | "keep";
  /** Returns a unique marker. */
  readonly newMarker: () => string;
  /** Returns the children that `name` has to wait for, in queue order; the waiter watches the last one. */
  readonly ahead: (children: readonly string[], name: string) => readonly string[];
  /** True if a write to the holder's znode requests the grant; if false, such a write ends the grant. */
  readonly isRevocable: boolean;
  /** True if a holder can nominate its successor: the next holder is then known only after another read of the queue. */
  readonly mustRelist: boolean;
}

/**
 * Returned by {@link WaiterRules.ahead} instead of a name: wait for any change of the queue. Each change wakes every waiter
 * that uses it, so at most one should at a time.
 */
export const WHOLE_QUEUE = "";

/** Next state, and the effects to execute, in order. */
export interface WaiterStep {
  readonly state: WaiterState;
  readonly effects: readonly WaiterEffect[];
}
