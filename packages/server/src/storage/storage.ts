import type { TxnRecord } from "../tree/txn.js";
import type { ConfigurationStore, ConfigurationStoreOptions } from "./configuration-files.js";
import type { EpochStore } from "./epoch-files.js";
import type { LogCursor } from "./log-cursor.js";
import type { RecoverySink } from "./recovery-sink.js";
import type { SnapshotSource } from "./snapshot-source.js";

/** Result of {@link Storage.recover}. */
export interface Recovered {
  /** Zxid of the snapshot that was restored: each transaction after it came from the log. 0 without a snapshot. */
  readonly snapshotZxid: bigint;
  /** The last transaction on record, in snapshot or log; 0 where there is none. */
  readonly lastZxid: bigint;
  /** Nothing was there at all. The tree must go to a {@link Storage.snapshot} before the first {@link Storage.append}. */
  readonly fresh: boolean;
  /**
   * Number of transactions and snapshots whose digest on record differs from that of the recovered tree. The first one
   * is logged. Recovery continues; compare this server with others.
   */
  readonly digestMismatches: number;
}

/** A snapshot that is on disk. */
export interface WrittenSnapshot {
  readonly path: string;
  /** The last transaction that it has for certain. It may show later ones in part, which the log completes. */
  readonly zxid: bigint;
}

/**
 * Durable storage of a server. One server uses it in this order: {@link recover} once; then {@link append}, {@link
 * flush} and {@link snapshot} as needed; {@link close} at the end.
 *
 * Durability: when a promise of {@link flush} resolves, every record appended before that call survives the death of
 * the process and of the machine, and {@link recover} returns it in the order of appending. A record that was appended
 * but not flushed may or may not come back, but never without all those before it, and never in part.
 *
 * The caller applies a record to its tree only after the flush, so a snapshot never contains a record that the log may
 * lose.
 */
export interface Storage {
  /** True if logs and snapshots carry the digest of the tree, so the tree must keep one. */
  readonly keepsDigest: boolean;

  /**
   * Gives everything on record to `sink`: a snapshot, then each later transaction. All of it is durable when this resolves.
   * Rejects with a `StorageError` that names the problem, the file, and the next step; nothing on disk is changed then.
   */
  recover(sink: RecoverySink): Promise<Recovered>;

  /**
   * Takes the next record. Its zxid is greater than that of the one before. Serialises it now and keeps no reference.
   */
  append(record: TxnRecord): void;

  /**
   * Resolves when everything appended before this call is durable. Calls made while the disk is busy share the next
   * write (group commit); promises settle in the order of the calls. After a failed write the content of the disk is
   * unknown: this and every later flush rejects, and the server must stop.
   */
  flush(): Promise<void>;

  /**
   * Writes the current tree, and starts a new log file with the next record. Resolves with the written snapshot when
   * recovery would use it; with `undefined` if the storage keeps no files. The tree may change meanwhile (see {@link
   * SnapshotSource}). A call during a snapshot joins it. Rejects if the disk refuses; older snapshots and the log
   * remain valid then.
   */
  snapshot(source: SnapshotSource): Promise<WrittenSnapshot | undefined>;

  /**
   * Receives the bytes of a snapshot, compressed by gz or not, to replace everything on record, even later transactions.
   * Resolves with its zxid (`zxid`, or else the one in the snapshot) when it is whole and durable. From then on nothing may
   * be appended: {@link close} this storage; the next one to be opened recovers that snapshot alone. Rejects with a
   * `StorageError` if the snapshot is damaged, or no zxid is known (Apache before 3.9); nothing has changed then, and this
   * storage continues.
   */
  installSnapshot(chunks: AsyncIterable<Uint8Array>, zxid?: bigint): Promise<bigint>;

  /**
   * Removes all transactions after `zxid` from log and snapshots. Durable when it resolves. From then on nothing may be
   * appended: {@link close} this storage, and recover again by another. Rejects with a `StorageError` `not-on-record` if
   * the history does not contain the zxid; nothing has changed then, and this storage continues.
   */
  truncateAfter(zxid: bigint): Promise<void>;

  /**
   * Opens the log after `zxid`, up to the last record that is durable now; or returns the zxid at which the log begins.
   * Records may be appended meanwhile.
   */
  readFrom(zxid: bigint): Promise<LogCursor>;

  /**
   * Opens the store of the epochs, for a member of an ensemble. Only after {@link recover}. Rejects with a `StorageError`
   * `bad-epoch` if they are missing although there is a history, or contradict each other.
   */
  epochs(): Promise<EpochStore>;

  /**
   * Opens the store of the configurations, for a member of an ensemble: files next to `configFile`, or next to the
   * snapshots. Only after {@link recover}. Rejects with a `StorageError` if they are damaged, or if their folder cannot be used.
   */
  configurations(options: ConfigurationStoreOptions): Promise<ConfigurationStore>;

  /**
   * Returns 32 random bytes that belong to the stored data: made at the first call, the same after each later start.
   * Only after {@link recover}.
   */
  secret(): Promise<Uint8Array>;

  /** Flushes, waits for a running snapshot, and closes the files. Idempotent. Rejects as {@link flush} does. */
  close(): Promise<void>;
}
