import type { TxnRecord } from "../tree/txn.js";
import type { EpochStore } from "./epoch-files.js";
import type { LogCursor } from "./log-cursor.js";
import type { RecoverySink } from "./recovery-sink.js";
import type { SnapshotSource } from "./snapshot-source.js";

/** What {@link Storage.recover} found. */
export interface Recovered {
  /** The last transaction on record, in snapshot or log; 0 where there is none. */
  readonly lastZxid: bigint;
  /** Nothing was there at all. The tree must go to a {@link Storage.snapshot} before the first {@link Storage.append}. */
  readonly fresh: boolean;
  /**
   * How many transactions, and snapshots, say that the tree had another digest than the one it was found to have. The
   * first is logged. Nothing follows from it but that somebody should compare this server with others.
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
 * Where a server keeps what it must not forget. One server uses it, in this order: {@link recover} once; then
 * {@link append}, {@link flush} and {@link snapshot} as it goes; {@link close} at the end.
 *
 * What is durable: when a promise of {@link flush} resolves, every record appended before that call survives the death of
 * the process and of the machine, and comes back from {@link recover} in the order of appending. A record appended but
 * not flushed comes back or not, but never without all those before it, and never in part.
 *
 * The caller applies a record to its tree only after the flush, so that a snapshot never holds what the log may lose.
 */
export interface Storage {
  /** Whether what is written carries the digest of the tree, so that the tree is to keep one. */
  readonly keepsDigest: boolean;

  /**
   * Gives everything on record to `sink`: a snapshot, then each later transaction. Rejects with a `StorageError` that says
   * what is wrong, where, and what to do about it; nothing on disk is changed then.
   */
  recover(sink: RecoverySink): Promise<Recovered>;

  /**
   * Takes the next record. Its zxid is greater than that of the one before. Serialises it now and keeps no reference.
   */
  append(record: TxnRecord): void;

  /**
   * Resolves when everything appended before this call is durable. Calls made while the disk is busy share the next
   * write (group commit); promises settle in the order of the calls. Once a write failed nobody knows what the disk
   * holds: this and every later flush rejects, and the server must stop.
   */
  flush(): Promise<void>;

  /**
   * Writes the tree as it is, and starts a new log file with the next record. Resolves when recovery would use the new
   * snapshot, with what was written; `undefined` where nothing is kept. The tree may go on changing meanwhile (see {@link SnapshotSource}). While one is being written, a further
   * call joins it. Rejects when the disk refuses; older snapshots and the log stay good then.
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
   * Opens the log behind `zxid`, up to the last record that is durable now; or says at which zxid the log begins. Records
   * may be appended meanwhile.
   */
  readFrom(zxid: bigint): Promise<LogCursor>;

  /**
   * Opens the store of the epochs, for a member of an ensemble. Only after {@link recover}. Rejects with a `StorageError`
   * `bad-epoch` if they are missing although there is a history, or contradict each other.
   */
  epochs(): Promise<EpochStore>;

  /**
   * 32 random bytes that belong to what is stored: made at the first call, the same after each later start. Only after
   * {@link recover}.
   */
  secret(): Promise<Uint8Array>;

  /** Flushes, waits for a running snapshot, and closes the files. Idempotent. Rejects as {@link flush} does. */
  close(): Promise<void>;
}
