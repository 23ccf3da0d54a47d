import type { Acl, CreateMode, Stat } from "@conclave/protocol";
import type { Transaction } from "./transaction.js";
import type { WatchListener } from "./watch-event.js";

/**
 * Where a session stands.
 *
 * - `connecting`: no session yet (at the start, and after an expiry where a new session is made).
 * - `connected`: a server answers for the session.
 * - `suspended`: the connection is lost; the session may live on, and what it holds is in doubt.
 * - `expired`: the session is over, said by a server or by our own clock while no server could be reached. Its
 *   ephemerals are gone or going. Followed by `connecting` where a new session is made, else final.
 * - `closed`: the client was closed. Final.
 */
export type SessionState = "connecting" | "connected" | "suspended" | "expired" | "closed";

export interface StateChange {
  readonly state: SessionState;
  readonly previous: SessionState;
}

/** What a {@link ZooKeeper} emits. A listener that throws does not disturb the client or other listeners. */
export interface ZooKeeperEvents {
  state: [change: StateChange];
}

/** Every wait can be given up. An aborted operation rejects with `ABORTED`; its outcome says whether it was sent. */
export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends OperationOptions {
  /** Called once, when what was read changes: before any later operation of this client can see the change. */
  readonly watch?: WatchListener | undefined;
}

export interface CreateOptions extends OperationOptions {
  /** @default CreateMode.PERSISTENT */
  readonly mode?: CreateMode | undefined;
  /** @default OPEN_ACL_UNSAFE */
  readonly acl?: readonly Acl[] | undefined;
}

export interface VersionOptions extends OperationOptions {
  /**
   * The version that the znode must have; -1 for any.
   * @default -1
   */
  readonly version?: number | undefined;
}

/** What a znode holds: `string` is written as UTF-8; `null` and empty are different things. */
export type ZnodeData = Uint8Array | string | null;

/** Data and Stat of one moment. */
export interface DataAndStat {
  /** A copy of the caller's own; `null` where null was stored. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

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
 * `SESSION_EXPIRED`; the error's `outcome` tells whether it may have been done. Every operation settles exactly once.
 */
export interface ZooKeeper extends AsyncDisposable {
  readonly state: SessionState;
  /** The session's id; 0 until there is one. */
  readonly sessionId: bigint;
  /** The timeout that the server granted, in milliseconds; before that, the one asked for. */
  readonly sessionTimeoutMs: number;
  /** The prefix that all paths of this client lie under on the server; "" for none. */
  readonly chroot: string;

  /** Makes a znode and returns its path, with the number that a sequential mode appends. */
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

  on<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;
  off<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;

  /**
   * Ends the session, which deletes its ephemerals, and settles everything that is pending. Never rejects; without a
   * connection the server ends the session by its timeout.
   */
  close(): Promise<void>;
}
