import type { Acl, ClientInfo, Stat } from "@conclave/protocol";
import type { MultiRead } from "./multi-read.js";
import type {
  AddWatchOptions,
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
import type { SavedSession } from "./session/saved-session.js";
import type { SessionState } from "./session/session-state.js";
import type { Transaction } from "./transaction.js";
import type { Codec } from "./typed/codec.js";
import type { TypedZooKeeper } from "./typed/typed-zookeeper.js";
import type { PersistentWatchEvent, PersistentWatchListener } from "./watch-event.js";
import type { WatchHandle } from "./watches/watch-handle.js";
import type { ZooKeeperEvents } from "./zookeeper-events.js";

/** What `close` takes. */
export interface CloseOptions {
  /**
   * Whether the session, and its ephemerals, are left to the servers instead of ended.
   * @default false
   */
  readonly keepSession?: boolean | undefined;
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
  /**
   * State of the session. Reading it compares the session's clock first: if the deadline by which the servers may have
   * expired the session has passed, the session expires before the state is returned, and the listeners of `state` have
   * run by then. So `connected` and `suspended` are never returned for a session past its deadline, even right after a
   * stall of this process. Read after such an expiry the state is `expired`, or `connecting` where a new session is
   * made at once. Read within a listener of `state` it is `expired`, and the listeners are called for that right after
   * the current event. Operations compare the clock in the same way: one that is called after the deadline and
   * finds the expiry is rejected with `SESSION_EXPIRED` and is not sent.
   */
  readonly state: SessionState;
  /** The session's id; 0 until there is one. */
  readonly sessionId: bigint;
  /** The timeout that the server granted, in milliseconds; before that, the one asked for. */
  readonly sessionTimeoutMs: number;
  /**
   * What to show to go on with this session from elsewhere or later, also after `close({ keepSession: true })`; `undefined`
   * where there is none. Whoever has it is the session: it holds the password, which it keeps out of logs.
   */
  readonly session: SavedSession | undefined;
  /**
   * Whether a server that can only read answers (`ConnectOptions.canBeReadOnly`). The state is `connecting` or `suspended`
   * then: what the session holds is in doubt as without a connection. Reads tell what that server knew last, which may be
   * older than what this client has seen, or have been taken back since.
   */
  readonly isReadOnly: boolean;
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
  /** Starts a request with several reads. */
  multiRead(): MultiRead;

  /** The operations on data, with values instead of bytes: `zk.typed(jsonCodec(schema))`. */
  typed<T>(codec: Codec<T>): TypedZooKeeper<T>;

  /** How many znodes are below, at any depth. Apache's server walks all of its znodes for it. */
  getAllChildrenNumber(path: string, options?: OperationOptions): Promise<number>;
  /** The paths of this session's ephemerals (below the chroot), in no order. */
  getEphemerals(options?: EphemeralsOptions): Promise<string[]>;
  /** Who may do what with a znode. A reader without ADMIN sees "x" in place of the hash of a digest. */
  getACL(path: string, options?: OperationOptions): Promise<AclAndStat>;
  /** Replaces a znode's access control list; `version` is that of the list, `stat.aversion`. No watch sees it. */
  setACL(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** The identities that the server holds for this connection. Servers know it since 3.7. */
  whoAmI(options?: OperationOptions): Promise<ClientInfo[]>;
  /**
   * The ensemble's configuration: the text of the znode /zookeeper/config, wherever the chroot is. A standalone server has
   * an empty one. A watch is told the path "/zookeeper/config".
   */
  getConfig(options?: ReadOptions): Promise<DataAndStat>;
  /**
   * Changes the members of the ensemble, and resolves with the new configuration once it is in force. Servers want
   * `reconfigEnabled` and the right to write /zookeeper/config for it.
   */
  reconfig(change: Reconfiguration, options?: ReconfigOptions): Promise<DataAndStat>;

  /**
   * Adds a listener for every change of a znode, which need not exist, and with `recursive` of all below it, until it is
   * removed or the session ends. Resolves when the server keeps the watch: changes from then on are told. What changes
   * while there is no connection is not; `gap` says so on each new one, when the server keeps the watch there. Servers
   * know it since 3.6; those before 3.9 keep only the last of several kinds of watches on one path.
   */
  addWatch(path: string, listener: PersistentWatchListener, options?: AddWatchOptions): Promise<WatchHandle>;
  /**
   * As {@link addWatch}, for `for await`. The first event is a `gap` (`started`), the last one `sessionEnded`, if the
   * session ends. Leaving the loop removes the watch, and so does `signal`, with which `next` rejects with `ABORTED`; one
   * that is not run to its end and not left keeps it.
   */
  watch(path: string, options?: WatchOptions): AsyncIterableIterator<PersistentWatchEvent, undefined>;
  /**
   * Removes one-shot watches that reads of this client left: from the call on their listeners are not called. Resolves when
   * the server does not keep them any more either; rejects with `NO_WATCHER` where this client has none.
   */
  removeWatches(path: string, options?: RemoveWatchesOptions): Promise<void>;
  /** Whether the server keeps a watch of this type for this connection. */
  checkWatches(path: string, type: WatchType, options?: OperationOptions): Promise<boolean>;

  /**
   * Gives credentials, such as `("digest", "user:password")`, which hold for this client from now on: for what is called
   * later, and again on each new connection before anything else is sent. Resolves when a server accepted them, which
   * may take several connections; rejects with `AUTH_FAILED` if one refused them (they are dropped, and the server ends
   * the connection), or with `ABORTED` (dropped too) or `CLOSED`.
   */
  addAuth(scheme: string, auth: Uint8Array | string, options?: OperationOptions): Promise<void>;

  /**
   * Takes another list of servers, with the same chroot, and tells whether the session moves to another one for it: always
   * where its server is not in the list, else by chance, so that among many clients that do the same each server gets its
   * share. What was sent is answered first; then the state is `suspended` until another server took the session. Throws a
   * `TypeError` for a connect string that cannot be, or another chroot.
   */
  updateServers(connectString: string): boolean;

  /** Adds a listener; adding the same twice counts once. */
  on<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;
  /** Takes a listener out. */
  off<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this;

  /**
   * Ends the session, which deletes its ephemerals, and settles everything that is pending: what was sent before is
   * still answered. The state is `closed` at once (in a listener of `state`: right after it). Never rejects; without a connection the server ends the session by
   * its timeout. Calling it again gives the same promise. With `keepSession` the session lives on, for as long as its
   * timeout, for whoever connects with `session`.
   */
  close(options?: CloseOptions): Promise<void>;
}
