import type { Database } from "../database/database.js";
import type { EpochStore } from "../storage/epoch-files.js";
import type { Storage } from "../storage/storage.js";
import { StorageError } from "../storage/storage-error.js";
import type { TxnRecord } from "../tree/txn.js";
import type { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { QuorumSet } from "../zab/configuration/quorum-set.js";
import type { ZxidHistory } from "../zab/sync/zxid-history.js";

export interface MemberStateOptions {
  readonly configuration: EnsembleConfiguration;
  /** Recovers what is on disk. */
  readonly openDatabase: () => Promise<Database>;
  /** Called once, when the disk has failed: memory may differ from it, so this process must not go on. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * The state of a member of an ensemble that outlives its roles: database, epochs, configurations, and the records that are on
 * disk and not in the tree, because no leader has committed them yet.
 */
export class MemberState implements Pick<Storage, "append" | "flush"> {
  readonly #options: MemberStateOptions;
  #database: Database;
  #epochs: EpochStore;
  #history: ZxidHistory;
  #unapplied: readonly TxnRecord[] = [];
  #hasFailed = false;
  quorums: QuorumSet;

  private constructor(options: MemberStateOptions, database: Database, epochs: EpochStore) {
    this.#options = options;
    this.#database = database;
    this.#epochs = epochs;
    this.#history = database.recovered;
    this.quorums = new QuorumSet(options.configuration);
  }

  /** Recovers the state. Rejects as `startServer` does; nothing stays open then. */
  static async open(options: MemberStateOptions): Promise<MemberState> {
    const database = await options.openDatabase();
    try {
      return new MemberState(options, database, await database.storage.epochs());
    } catch (error) {
      await database.close().catch(() => {});
      throw error;
    }
  }

  /** Replaced when the history is truncated, or replaced by a leader's snapshot. */
  get database(): Database {
    return this.#database;
  }

  get acceptedEpoch(): number {
    return this.#epochs.epochs.accepted;
  }

  get currentEpoch(): number {
    return this.#epochs.epochs.current;
  }

  /** Zxid of the last record in the log, applied or not. */
  get lastZxid(): bigint {
    return this.#history.last;
  }

  /** Zxids of the records in the log, as far as it can be read. */
  get history(): ZxidHistory {
    return this.#history;
  }

  append(record: TxnRecord): void {
    this.#database.storage.append(record);
    this.#history.append(record.header.zxid);
  }

  flush(): Promise<void> {
    return this.#database.storage.flush();
  }

  storeAcceptedEpoch(epoch: number): Promise<void> {
    return this.#epochs.setAccepted(epoch);
  }

  storeCurrentEpoch(epoch: number): Promise<void> {
    return this.#epochs.setCurrent(epoch);
  }

  /** Keeps a proposed configuration, so that a quorum of it is needed from now on. */
  async storeSeen(configuration: EnsembleConfiguration): Promise<void> {
    this.quorums = this.quorums.propose(configuration);
  }

  /** Makes a configuration the active one. */
  activate(configuration: EnsembleConfiguration): void {
    this.quorums = this.quorums.activate(configuration);
  }

  /** The records that are on disk and not in the tree, in order. */
  get unapplied(): readonly TxnRecord[] {
    return this.#unapplied;
  }

  /** Returns the records that are on disk and not in the tree; the caller applies them once they are committed. */
  takeUnapplied(): readonly TxnRecord[] {
    const records = this.#unapplied;
    this.#unapplied = [];
    return records;
  }

  /** Keeps records that a role leaves unapplied. All of them are on disk. */
  keepUnapplied(records: readonly TxnRecord[]): void {
    this.#unapplied = [...this.#unapplied, ...records];
  }

  /** Removes all records after `zxid`, and recovers the rest. Returns the last zxid: another one if `zxid` is not on record. */
  async truncateAfter(zxid: bigint): Promise<bigint> {
    try {
      await this.#database.storage.truncateAfter(zxid);
    } catch (error) {
      if (error instanceof StorageError && error.code === "not-on-record") return this.lastZxid;
      throw error;
    }
    await this.#reopen();
    return this.lastZxid;
  }

  /** Replaces everything by a leader's snapshot, and recovers it. Returns its zxid. */
  async install(chunks: AsyncIterable<Uint8Array>, zxid: bigint): Promise<bigint> {
    const installed = await this.#database.storage.installSnapshot(chunks, zxid);
    await this.#reopen();
    return installed;
  }

  /** Reports a failure of the disk. */
  hasFailed(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFailure(cause);
  }

  /** Closes the database. */
  close(): Promise<void> {
    return this.#database.close();
  }

  async #reopen(): Promise<void> {
    await this.#database.close();
    this.#database = await this.#options.openDatabase();
    this.#epochs = await this.#database.storage.epochs();
    this.#history = this.#database.recovered;
    this.#unapplied = [];
  }
}
