import type { Acl, ClientInfo, Stat } from "@conclave/protocol";
import type { Codec } from "./codec.js";
import type { MultiRead } from "./multi-read.js";
import type {
  AddWatchOptions,
  ConsistencyOptions,
  CreateOptions,
  EphemeralsOptions,
  OperationOptions,
  ReadOptions,
  ReconfigOptions,
  Reconfiguration,
  RemoveWatchesOptions,
  VersionOptions,
  WatchOptions,
  WatchType,
  ZnodeData,
} from "./operation-options.js";
import type { AclAndStat, ChildrenAndStat, DataAndStat } from "./read-results.js";
import type { SavedSession } from "./saved-session.js";
import type { Transaction } from "./transaction.js";
import type { TypedZooKeeper } from "./typed-zookeeper.js";
import type { PersistentWatchEvent, PersistentWatchListener } from "./watch-event.js";
import type { WatchHandle } from "./watch-handle.js";
import type { SessionState, ZooKeeperEvents } from "./zookeeper-events.js";

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Keeps the session and its ephemerals alive on the servers until its timeout, instead of ending it.
   * @default false
   */
  readonly keepSession?: boolean | undefined;
}

/**
 * ZooKeeper client: one session, and the operations on it. Recipes use this interface and nothing below it.
 *
 * Operations are sent and answered in the order of their calls, and a call need not wait for the one before. An
 * operation that is called without a connection waits for the next one. When a connection is lost, sent and queued
 * operations are rejected with `CONNECTION_LOSS`; when the session expires, sent and waiting operations are rejected
 * with `SESSION_EXPIRED`. The `outcome` of the error shows if the operation may have been applied. After `close()`,
 * operations are rejected with `CLOSED`; operations that cannot be sent (an invalid path, too much data) are rejected
 * with `BAD_ARGUMENTS`; both have the outcome `not-applied`. Every operation settles exactly once, and none throws.
 */
export interface ZooKeeper extends AsyncDisposable {
  /**
   * State of the session. Reading it compares the session's clock first: if the deadline has passed by which the
   * servers may have expired the session, the session expires before the state is returned, and the listeners of
   * `state` have run by then. So a session past its deadline is never read as `connected` or `suspended`, even right
   * after a stall of this process. After such an expiry the state is `expired`, or `connecting` if a new session is
   * created at once. Read within a listener of `state` it is `expired`, and the listeners are called for the expiry
   * right after the current event.
   *
   * Operations compare the clock in the same way: an operation that finds the deadline passed is rejected with
   * `SESSION_EXPIRED` and not sent.
   */
  readonly state: SessionState;
  /** Id of the session; 0 if there is none. */
  readonly sessionId: bigint;
  /** Session timeout in milliseconds that the server granted; the requested one if there is no session yet. */
  readonly sessionTimeoutMs: number;
  /**
   * Id and password with which another client can resume the session, also after `close({ keepSession: true })`;
   * `undefined` if there is no session. It gives full control of the session. Loggers do not show the password.
   */
  readonly session: SavedSession | undefined;
  /**
   * True while a read-only server answers (`ConnectOptions.canBeReadOnly`). The state is then `connecting` or
   * `suspended`: ephemerals and watches are in doubt, as without a connection. Reads return the last known state of
   * that server, which may be older than data that this client has already seen, or may have been rolled back since.
   */
  readonly isReadOnly: boolean;
  /**
   * The same client without read-only servers: its operations wait for a server that serves the session, as if
   * `canBeReadOnly` were false. For work that must not rest on what a read-only server shows, such as a lock or a write
   * that depends on a read. Session, events, watches and `close` are those of this client.
   */
  readonly readWrite: ZooKeeper;
  /** Prefix on the server of all paths of this client; "" for none. */
  readonly chroot: string;

  /**
   * Creates a znode and returns its path, including the number that a sequential mode appends (so `path` may end with
   * "/"). Without `data` the znode holds `null`.
   */
  create(path: string, data?: ZnodeData, options?: CreateOptions): Promise<string>;
  /** Creates a znode as {@link create} does, and returns its Stat too. */
  create2(path: string, data?: ZnodeData, options?: CreateOptions): Promise<{ path: string; stat: Stat }>;
  delete(path: string, options?: VersionOptions): Promise<void>;
  /** Returns the Stat of a znode, or `null` if it does not exist. A watch is left in both cases. */
  exists(path: string, options?: ReadOptions): Promise<Stat | null>;
  getData(path: string, options?: ReadOptions): Promise<DataAndStat>;
  setData(path: string, data: ZnodeData, options?: VersionOptions): Promise<Stat>;
  getChildren(path: string, options?: ReadOptions): Promise<string[]>;
  getChildren2(path: string, options?: ReadOptions): Promise<ChildrenAndStat>;
  /** Waits until this client's server has caught up with the leader: later reads see all writes before this call. */
  sync(path: string, options?: OperationOptions): Promise<void>;
  /** Starts a transaction: the server applies all of its writes or none. */
  transaction(): Transaction;
  /** Starts a request with several reads. */
  multiRead(): MultiRead;

  /** Returns the data operations with values instead of bytes: `zk.typed(jsonCodec(schema))`. */
  typed<T>(codec: Codec<T>): TypedZooKeeper<T>;

  /** Returns the number of znodes below, at any depth. Apache's server visits all of its znodes for it. */
  getAllChildrenNumber(path: string, options?: ConsistencyOptions): Promise<number>;
  /** Returns the paths of this session's ephemerals (below the chroot), in no particular order. */
  getEphemerals(options?: EphemeralsOptions): Promise<string[]>;
  /** Returns the access control list of a znode. Clients without ADMIN see "x" in place of the hash of a digest. */
  getACL(path: string, options?: ConsistencyOptions): Promise<AclAndStat>;
  /** Replaces the access control list of a znode; `version` is that of the list, `stat.aversion`. No watch fires. */
  setACL(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** Returns the identities that the server holds for this connection. Requires ZooKeeper 3.7. */
  whoAmI(options?: OperationOptions): Promise<ClientInfo[]>;
  /**
   * Returns the configuration of the ensemble: the text of the znode /zookeeper/config, regardless of the chroot. It is
   * empty on a standalone server. Events of a watch have the path "/zookeeper/config".
   */
  getConfig(options?: ReadOptions): Promise<DataAndStat>;
  /**
   * Changes the members of the ensemble, and resolves with the new configuration when it is in force. Servers require
   * `reconfigEnabled`, and the permission to write /zookeeper/config.
   */
  reconfig(change: Reconfiguration, options?: ReconfigOptions): Promise<DataAndStat>;

  /**
   * Adds a listener for every change of a znode, which need not exist, and with `recursive` of all znodes below it,
   * until the listener is removed or the session ends. Resolves when the server keeps the watch; later changes are
   * reported. Changes without a connection are not reported: on each new connection the listener receives a `gap` once
   * the server keeps the watch again. Requires ZooKeeper 3.6; servers before 3.9 keep only the last of several kinds of
   * watches on one path.
   */
  addWatch(path: string, listener: PersistentWatchListener, options?: AddWatchOptions): Promise<WatchHandle>;
  /**
   * Does the same as {@link addWatch} for `for await`. The first event is a `gap` (`started`), and the last one is
   * `sessionEnded` if the session ends. Leaving the loop removes the watch; so does `signal`, after which `next`
   * rejects with `ABORTED`. An iterator that is neither finished nor left keeps its watch.
   */
  watch(path: string, options?: WatchOptions): AsyncIterableIterator<PersistentWatchEvent, undefined>;
  /**
   * Removes one-shot watches that reads of this client left; from now on their listeners are not called. Resolves when
   * the server has removed them too; rejects with `NO_WATCHER` if this client has none.
   */
  removeWatches(path: string, options?: RemoveWatchesOptions): Promise<void>;
  /** Resolves with true if the server keeps a watch of this type for this connection. */
  checkWatches(path: string, type: WatchType, options?: OperationOptions): Promise<boolean>;

  /**
   * Adds credentials, such as `("digest", "user:password")`, for all later operations of this client; each new
   * connection sends them first. Resolves when a server has accepted them, which may take several connections. Rejects
   * with `AUTH_FAILED` if a server refuses them (they are dropped, and the server closes the connection), with
   * `ABORTED` (they are dropped as well), or with `CLOSED`.
   */
  addAuth(scheme: string, auth: Uint8Array | string, options?: OperationOptions): Promise<void>;

  /**
   * Takes another list of servers, with the same chroot. Returns true if the session moves to another server for it:
   * always if its server is not in the list, otherwise at random, with a probability by which many clients with the
   * same list spread evenly over its servers. Operations that were sent are answered first; then the state is
   * `suspended` until another server has accepted the session. Throws a `TypeError` for an invalid connect string, or
   * another chroot.
   */
  updateServers(connectString: string): boolean;

  /** Adds a listener. Adding it twice has no effect. */
  on<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;
  /** Removes a listener. */
  off<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;

  /**
   * Ends the session, which deletes its ephemerals, and settles all pending operations; those that were sent are still
   * answered. The state is `closed` at once (within a listener of `state`: right after it). Never rejects. Without a
   * connection, the servers end the session after its timeout. Further calls return the same promise. With
   * `keepSession` the session stays alive until its timeout, and another client can resume it with `session`.
   */
  close(options?: CloseOptions): Promise<void>;
}
