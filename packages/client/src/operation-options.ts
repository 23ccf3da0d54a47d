import type { Acl, CreateMode } from "@conclave/protocol";
import type { WatchListener } from "./watch-event.js";

/** Every wait can be given up. An aborted operation rejects with `ABORTED`; its outcome says whether it was sent. */
export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What the reads take. */
export interface ReadOptions extends OperationOptions {
  /**
   * Called once, when what was read changes: before any later operation of this client can see the change. A listener
   * that is given twice for the same znode and kind of read (data, children) is called once. A read that rejects
   * leaves no watch.
   */
  readonly watch?: WatchListener | undefined;
}

/** What `create` and `create2` take. */
export interface CreateOptions extends OperationOptions {
  /**
   * How the znode lives: persistent or ephemeral, sequential or not; a container, which the server removes some time after
   * its last child has gone; or with a time to live.
   * @default CreateMode.PERSISTENT
   */
  readonly mode?: CreateMode | undefined;
  /**
   * For the modes with TTL, which want it, and no other: the server removes the znode once it has no children and did not
   * change for so long. In milliseconds, from 1 to 2^40 - 1. Apache's servers want `extendedTypesEnabled` for it, and
   * refuse it with `UNIMPLEMENTED` otherwise.
   */
  readonly ttlMs?: number | undefined;
  /** @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
}

/** What `setData` and `delete` take. */
export interface VersionOptions extends OperationOptions {
  /**
   * The version that the znode must have; -1 for any. For `setACL` the version of its ACL, `stat.aversion`.
   * @default -1
   */
  readonly version?: number | undefined;
}

/** What `addWatch` takes. */
export interface AddWatchOptions extends OperationOptions {
  /**
   * Whether everything below the znode is watched too, at any depth. A recursive watch sees creations, deletions and
   * changes of data; it does not see `nodeChildrenChanged`, which the creations and deletions tell already.
   * @default false
   */
  readonly recursive?: boolean | undefined;
}

/** What `watch` takes. */
export interface WatchOptions extends AddWatchOptions {
  /**
   * How many events may wait for `next`. When one more comes they are dropped, and a `gap` stands in their place.
   * @default 1_024
   */
  readonly maxBuffered?: number | undefined;
}

/**
 * Kinds of watches: those that `getData` and `exists` left, those that `getChildren` left, both; the two that `addWatch`
 * leaves (which servers before 3.9 cannot tell apart from the others: `MARSHALLING_ERROR`).
 */
export type WatchType = "data" | "children" | "any" | "persistent" | "recursive";

/** What `removeWatches` takes. */
export interface RemoveWatchesOptions extends OperationOptions {
  /** @default "any" */
  readonly type?: Extract<WatchType, "data" | "children" | "any"> | undefined;
  /** Which one to remove. @default all of this client */
  readonly listener?: WatchListener | undefined;
}

/** What `getEphemerals` takes. */
export interface EphemeralsOptions extends OperationOptions {
  /**
   * What the paths begin with, letter by letter: "/a" finds "/apple" too.
   * @default "/"
   */
  readonly prefix?: string | undefined;
}

/** What `reconfig` is to change: members that come and go, or the whole ensemble anew. */
export type Reconfiguration =
  | {
      /** `server.N=host:quorumPort:electionPort:role;clientPort` for each server that joins or changes. */
      readonly joining?: readonly string[] | undefined;
      /** The number of each server that leaves. */
      readonly leaving?: readonly number[] | undefined;
    }
  | {
      /** A line as above for each member. */
      readonly members: readonly string[];
    };

/** What `reconfig` takes. */
export interface ReconfigOptions extends OperationOptions {
  /**
   * The version that the configuration must have: the last line of what `getConfig` gives, read as hexadecimal.
   * @default -1n: any
   */
  readonly version?: bigint | undefined;
}

/**
 * What a znode holds: `string` is written as UTF-8; `null` and empty are different things. Bytes are read during the
 * call: the caller may reuse its buffer afterwards.
 */
export type ZnodeData = Uint8Array | string | null;
