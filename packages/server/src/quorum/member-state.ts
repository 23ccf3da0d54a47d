import type { Database } from "../database/database.js";
import type { ClientPortKey, ConfigurationStore, StoredConfiguration } from "../storage/configuration-files.js";
import type { EpochStore } from "../storage/epoch-files.js";
import type { Storage } from "../storage/storage.js";
import { StorageError } from "../storage/storage-error.js";
import type { DataTree } from "../tree/data-tree.js";
import { CONFIG } from "../tree/initial-znodes.js";
import type { TxnRecord } from "../tree/txn.js";
import { counterOf, formatZxid } from "../tree/zxid.js";
import { ConfigurationError } from "../zab/configuration/configuration-error.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { Member } from "../zab/configuration/member.js";
import { QuorumSet } from "../zab/configuration/quorum-set.js";
import type { ZxidHistory } from "../zab/sync/zxid-history.js";

export interface MemberStateOptions {
  /** Configuration that was given at the start. A stored one counts instead if it is newer. */
  readonly configuration: EnsembleConfiguration;
  /** Path of the file that the configuration comes from, if configurations are to be stored next to it. */
  readonly configFile?: string | undefined;
  /** True if the configuration may change while the ensemble runs. @default false */
  readonly reconfigEnabled?: boolean | undefined;
  /** Id of this server in the configuration. */
  readonly id?: bigint | undefined;
  /** This server, if the configuration that was given does not have it. */
  readonly joinAs?: Member | undefined;
  /** False if an empty data directory counts in no quorum. @default true */
  readonly emptyDataVotes?: boolean | undefined;
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
  readonly #configurations: ConfigurationStore;
  #quorums: QuorumSet;
  /** Settles when the last configuration is stored. */
  #storing: Promise<void> = Promise.resolve();
  /** Called when a configuration was proposed or became active. */
  onConfigured: (quorums: QuorumSet) => void = () => {};

  private constructor(
    options: MemberStateOptions,
    database: Database,
    epochs: EpochStore,
    configurations: ConfigurationStore,
  ) {
    this.#options = options;
    this.#database = database;
    this.#epochs = epochs;
    this.#history = database.recovered;
    this.#configurations = configurations;
    this.#quorums = storedQuorums(options, configurations, recordedConfiguration(database.tree));
    this.#showConfiguration();
  }

  /** Recovers the state. Rejects as `startServer` does; nothing stays open then. */
  static async open(options: MemberStateOptions): Promise<MemberState> {
    const database = await options.openDatabase();
    try {
      const { storage } = database;
      const { configFile, reconfigEnabled: isWritten = false } = options;
      const configurations = await storage.configurations({ configFile, isWritten });
      return new MemberState(options, database, await storage.epochs(), configurations);
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

  /** The same for an election and a leader: {@link UNKNOWN_HISTORY} while the data directory is empty and does not count. */
  get trustedZxid(): bigint {
    const { emptyDataVotes = true } = this.#options;
    return !emptyDataVotes && this.lastZxid === 0n && this.currentEpoch === 0 ? UNKNOWN_HISTORY : this.lastZxid;
  }

  /** This server as it was given at the start, for the time in which no configuration has it. */
  get givenMember(): Member | undefined {
    const { id, configuration, joinAs } = this.#options;
    return joinAs ?? (id === undefined ? undefined : configuration.members.get(id));
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

  /** The active configuration, and the last one that was proposed if it is newer. */
  get quorums(): QuorumSet {
    return this.#quorums;
  }

  /** Keeps a proposed configuration, so that a quorum of it is needed from now on. Durable when it resolves. */
  async storeSeen(configuration: EnsembleConfiguration): Promise<void> {
    this.#configure(this.#quorums.propose(configuration));
    await this.#store(() => this.#configurations.setProposed(storedForm(configuration)));
  }

  /** Makes a configuration the active one. It is stored later: until then the disk has it as the proposed one. */
  activate(configuration: EnsembleConfiguration): void {
    const quorums = this.#quorums.activate(configuration);
    if (quorums === this.#quorums) return;
    this.#configure(quorums);
    this.#showConfiguration();
    const named = this.#namedPorts(configuration);
    this.#store(() => this.#configurations.setActive(storedForm(configuration), named)).catch((cause) =>
      this.hasFailed(cause),
    );
  }

  /** Returns the records that are on disk and not in the tree; the caller applies them once they are committed. */
  takeUnapplied(): readonly TxnRecord[] {
    const records = this.#unapplied;
    this.#unapplied = [];
    return records;
  }

  /**
   * Applies the records that are on disk and not in the tree, committed or not, as a start reads them all: the tree of a leader
   * that sends it as a snapshot must not lack a record of its history. {@link truncateAfter} reads the tree again.
   */
  applyUnapplied(): void {
    for (const record of this.takeUnapplied()) this.database.tree.apply(record);
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
  async close(): Promise<void> {
    await this.#storing;
    await this.#database.close();
  }

  #configure(quorums: QuorumSet): void {
    this.#quorums = quorums;
    this.onConfigured(quorums);
  }

  #store(store: () => Promise<void>): Promise<void> {
    const stored = this.#storing.then(store);
    this.#storing = stored.catch(() => {});
    return stored;
  }

  /** Returns the ports for clients that a configuration names for this server. */
  #namedPorts({ members }: EnsembleConfiguration): ClientPortKey[] {
    const { id } = this.#options;
    const own = id === undefined ? undefined : members.get(id);
    return [
      ...(own?.clientAddress === undefined ? [] : (["clientPort"] as const)),
      ...(own?.secureClientAddress === undefined ? [] : (["secureClientPort"] as const)),
    ];
  }

  /** Shows clients the active configuration, unless the record of a reconfiguration does, or will as soon as it is applied. */
  #showConfiguration(): void {
    const { active } = this.#quorums;
    const { tree } = this.#database;
    if (counterOf(active.version) > 0 && active.version > tree.lastZxid && tree.lastZxid > 0n) return;
    const node = tree.get(CONFIG);
    const shown = node?.stat().mzxid ?? 0n;
    const text = active.toString();
    if (shown > active.version || (shown === active.version && new TextDecoder().decode(node?.data ?? EMPTY) === text))
      return;
    tree.setConfiguration(text, active.version);
  }

  async #reopen(): Promise<void> {
    await this.#database.close();
    this.#database = await this.#options.openDatabase();
    this.#epochs = await this.#database.storage.epochs();
    this.#history = this.#database.recovered;
    this.#unapplied = [];
    this.#showConfiguration();
  }
}

/** Last zxid of a server whose history does not count: it gets no vote, and a leader sends it a snapshot. */
export const UNKNOWN_HISTORY = -1n;
const EMPTY = new Uint8Array(0);

function storedForm(configuration: EnsembleConfiguration): StoredConfiguration {
  return { version: configuration.version, text: configuration.toString() };
}

/**
 * Returns the configurations at the start: given or stored, and the proposed one if reconfiguration is enabled. A configuration
 * on record counts as proposed: a crash may keep the record of a reconfiguration and not its file.
 */
function storedQuorums(
  options: MemberStateOptions,
  { active, proposed }: ConfigurationStore,
  recorded: EnsembleConfiguration | undefined,
): QuorumSet {
  const { configuration, reconfigEnabled = false } = options;
  const stored = active === undefined ? undefined : parseStored(active);
  const newest = stored !== undefined && stored.version > configuration.version ? stored : configuration;
  if (!reconfigEnabled) return new QuorumSet(newest);
  const quorums = new QuorumSet(newest, proposed === undefined ? undefined : parseStored(proposed));
  return recorded !== undefined && recorded.version > quorums.lastSeen.version ? quorums.propose(recorded) : quorums;
}

/** Returns the configuration that the last reconfiguration on record made; `undefined` if there is none. */
function recordedConfiguration(tree: DataTree): EnsembleConfiguration | undefined {
  const node = tree.get(CONFIG);
  try {
    const recorded = EnsembleConfiguration.parse(new TextDecoder().decode(node?.data ?? EMPTY));
    return recorded.version === node?.stat().mzxid ? recorded : undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

function parseStored({ version, text }: StoredConfiguration): EnsembleConfiguration {
  try {
    return EnsembleConfiguration.parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const message = `the stored configuration ${formatZxid(version)} (zoo.cfg.dynamic.*) is damaged: ${error.message}. Copy the file from another server of the ensemble.`;
    throw new StorageError("bad-configuration", message, { path: "", cause: error });
  }
}
