import type { Stat } from "@conclave/protocol";
import type { CreateOptions, OperationOptions, ReadOptions, VersionOptions, ZnodeData } from "./operation-options.js";
import type { SessionState } from "./session/session-state.js";
import type { Transaction } from "./transaction.js";
import type { ZooKeeperEvents } from "./zookeeper-events.js";

/** Data and Stat of one moment. */
export interface DataAndStat {
  /** A copy of the caller's own; `null` where null was stored. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Children and Stat of one moment. */
export interface ChildrenAndStat {
  /** Names, not paths, in no order. */
  readonly children: string[];
  /** The parent's Stat. */
  readonly stat: Stat;
}

/**
 * A ZooKeeper client: one session, and the operations on it. Recipes see this interface and nothing below it.
 *
 * Operations are sent in the order in which they are called and answered in that order; calls need not wait for each
 * other. What is called while there is no connection waits for the next one. What was in flight or queued when a
 * connection broke is rejected with `CONNECTION_LOSS`, and what is in flight or waiting when the session expires with
 * `SESSION_EXPIRED`; the error's `outcome` tells whether it may have been done. What is called after `close()` is
 * rejected with `CLOSED`, and what cannot be sent (an invalid path, too much data) with `BAD_ARGUMENTS`; both are
 * `not-applied`. Every operation settles exactly once, and none throws.
 */
export interface ZooKeeper extends AsyncDisposable {
  readonly state: SessionState;
  /** The session's id; 0 until there is one. */
  readonly sessionId: bigint;
  /** The timeout that the server granted, in milliseconds; before that, the one asked for. */
  readonly sessionTimeoutMs: number;
  /** The prefix that all paths of this client lie under on the server; "" for none. */
  readonly chroot: string;

  /**
   * Makes a znode and returns its path, with the number that a sequential mode appends (so its `path` may end with "/").
   * Without `data` it holds `null`.
   */
  create(path: string, data?: ZnodeData, options?: CreateOptions): Promise<string>;
  /** As {@link create}, and returns the new znode's Stat. */
  create2(path: string, data?: ZnodeData, options?: CreateOptions): Promise<{ path: string; stat: Stat }>;
  delete(path: string, options?: VersionOptions): Promise<void>;
  /** The Stat of a znode, `null` if there is none. A watch is left in both cases. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null>;
  getData(path: string, options?: ReadOptions): Promise<DataAndStat>;
  setData(path: string, data: ZnodeData, options?: VersionOptions): Promise<Stat>;
  getChildren(path: string, options?: ReadOptions): Promise<string[]>;
  getChildren2(path: string, options?: ReadOptions): Promise<ChildrenAndStat>;
  /** Has this client's server catch up with the leader: reads called afterwards see what was written before. */
  sync(path: string, options?: OperationOptions): Promise<void>;
  /** Starts a transaction: writes that are all done or none. */
  transaction(): Transaction;

  /**
   * Gives credentials, such as `("digest", "user:password")`, which hold for this client from now on: for what is called
   * later, and again on each new connection before anything else is sent. Resolves when a server accepted them, which
   * may take several connections; rejects with `AUTH_FAILED` if one refused them (they are dropped, and the server ends
   * the connection), or with `ABORTED` (dropped too) or `CLOSED`.
   */
  addAuth(scheme: string, auth: Uint8Array | string, options?: OperationOptions): Promise<void>;

  /** Adds a listener; adding the same twice counts once. */
  on<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;
  /** Takes a listener out. */
  off<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;

  /**
   * Ends the session, which deletes its ephemerals, and settles everything that is pending: what was sent before is
   * still answered. The state is `closed` at once (in a listener of `state`: right after it). Never rejects; without a connection the server ends the session by
   * its timeout. Calling it again gives the same promise.
   */
  close(): Promise<void>;
}
