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
   * Persistent or ephemeral, sequential or not; the modes with containers and TTL are refused with `BAD_ARGUMENTS`.
   * @default CreateMode.PERSISTENT
   */
  readonly mode?: CreateMode | undefined;
  /** @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
}

/** What `setData` and `delete` take. */
export interface VersionOptions extends OperationOptions {
  /**
   * The version that the znode must have; -1 for any.
   * @default -1
   */
  readonly version?: number | undefined;
}

/**
 * What a znode holds: `string` is written as UTF-8; `null` and empty are different things. Bytes are read during the
 * call: the caller may reuse its buffer afterwards.
 */
export type ZnodeData = Uint8Array | string | null;
