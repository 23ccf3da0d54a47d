import type { Acl, CreateMode } from "@conclave/protocol";
import type { WatchListener } from "./watch-event.js";

/**
 * Options of every operation. An aborted operation rejects with `ABORTED`; its outcome shows if it may have been sent.
 */
export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of all operations that read the tree. */
export interface ConsistencyOptions extends OperationOptions {
  /**
   * Makes the read linearizable: it shows every write that was acknowledged, to any client, before the call. Otherwise a
   * server answers from its own copy of the tree, which may lag a little. The read is sent together with a `sync`
   * before it, so it costs the servers a round trip to the leader and the client none. Rejects with the error of the
   * `sync` if that fails (`NOT_READ_ONLY` on a read-only server).
   *
   * On Apache's ensembles it holds while the leader that the client's server follows has not been replaced: one that is
   * cut off notices within `syncLimit` ticks. See "Linearizable reads" in the README.
   * @default `ConnectOptions.linearizableReads`
   */
  readonly linearizable?: boolean | undefined;
}

/** Options of the reads that can leave a watch. */
export interface ReadOptions extends ConsistencyOptions {
  /**
   * Called once, when the data that was read changes, and before any later operation of this client can see the change.
   * A listener that is given twice for the same znode and kind of read (data, children) is called once. A read that
   * rejects leaves no watch.
   */
  readonly watch?: WatchListener | undefined;
}

/** Options of `create` and `create2`. */
export interface CreateOptions extends OperationOptions {
  /**
   * Type of the znode: persistent or ephemeral, sequential or not; a container, which the server removes some time
   * after its last child was removed; or a znode with a time to live.
   * @default CreateMode.PERSISTENT
   */
  readonly mode?: CreateMode | undefined;
  /**
   * Time to live in milliseconds, from 1 to 2^40 - 1; required for the modes with TTL, and invalid for all others. The
   * server removes the znode when it has no children and has not changed for this time. Apache's servers require
   * `extendedTypesEnabled`, and otherwise reject with `UNIMPLEMENTED`.
   */
  readonly ttlMs?: number | undefined;
  /** @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
}

/** Options of `setData` and `delete`. */
export interface VersionOptions extends OperationOptions {
  /**
   * Expected version of the znode; -1 for any. For `setACL` it is the version of the ACL, `stat.aversion`.
   * @default -1
   */
  readonly version?: number | undefined;
}

/** Options of `addWatch`. */
export interface AddWatchOptions extends OperationOptions {
  /**
   * Watches all znodes below the path too, at any depth. A recursive watch reports created, deleted and changed znodes,
   * but not `nodeChildrenChanged`, which would repeat the creations and deletions.
   * @default false
   */
  readonly recursive?: boolean | undefined;
}

/** Options of `watch`. */
export interface WatchOptions extends AddWatchOptions {
  /**
   * Most events that may wait for `next`. When there are more, all of them are dropped and replaced by a `gap`.
   * @default 1_024
   */
  readonly maxBuffered?: number | undefined;
}

/**
 * Types of watches: `data` (left by `getData` and `exists`), `children` (left by `getChildren`), `any` for both, and
 * the two types of `addWatch`. Servers before 3.9 do not distinguish the last two from the others: they answer with
 * `MARSHALLING_ERROR`.
 */
export type WatchType = "data" | "children" | "any" | "persistent" | "recursive";

/** Options of `removeWatches`. */
export interface RemoveWatchesOptions extends OperationOptions {
  /** @default "any" */
  readonly type?: Extract<WatchType, "data" | "children" | "any"> | undefined;
  /** Listener to remove. @default all listeners of this client */
  readonly listener?: WatchListener | undefined;
}

/** Options of `getEphemerals`. */
export interface EphemeralsOptions extends ConsistencyOptions {
  /**
   * Prefix of the paths, compared as text: "/a" matches "/apple" too.
   * @default "/"
   */
  readonly prefix?: string | undefined;
}

/** Change of the ensemble: members that join and leave, or a complete new list of members. */
export type Reconfiguration =
  | {
      /** One line `server.N=host:quorumPort:electionPort:role;clientPort` for each server that joins or changes. */
      readonly joining?: readonly string[] | undefined;
      /** Numbers of the servers that leave. */
      readonly leaving?: readonly number[] | undefined;
    }
  | {
      /** One line of the same form for each member. */
      readonly members: readonly string[];
    };

/** Options of `reconfig`. */
export interface ReconfigOptions extends OperationOptions {
  /**
   * Expected version of the configuration: the last line of the data from `getConfig`, read as hexadecimal.
   * @default -1n: any
   */
  readonly version?: bigint | undefined;
}

/**
 * Data of a znode. A `string` is written as UTF-8. `null` and empty data are different. Bytes are copied during the
 * call, so the caller may reuse its buffer afterwards.
 */
export type ZnodeData = Uint8Array | string | null;
