import { type Meter, randomInt, silentMeter } from "@conclave/runtime";
import type { ResolvedServerOptions } from "../options/server-options.js";
import { openStorage } from "../storage/open-storage.js";
import { snapshotChunks } from "../storage/snapshot-writer.js";
import type { Storage } from "../storage/storage.js";
import type { DataTree } from "../tree/data-tree.js";
import type { ZxidHistory } from "../zab/sync/zxid-history.js";
import { recoverTree } from "./recover-tree.js";
import { Snapshotter } from "./snapshotter.js";

/** A snapshot to send: a file, or bytes if the storage keeps no files. */
export type Backup = { readonly zxid: bigint } & ({ readonly path: string } | { readonly bytes: Uint8Array });

/** The state of a server and its files (ZKDatabase). It outlives the server's role, which changes with each election. */
export class Database {
  readonly storage: Storage;
  readonly tree: DataTree;
  /** Number of digests on record that differed from the tree's. */
  readonly digestMismatches: number;
  /** Zxids of the transactions that recovery has found in the log. */
  readonly recovered: ZxidHistory;
  readonly #snapshotter: Snapshotter;

  private constructor(
    options: ResolvedServerOptions,
    state: {
      readonly storage: Storage;
      readonly tree: DataTree;
      readonly replayed: number;
      readonly digestMismatches: number;
      readonly history: ZxidHistory;
    },
  ) {
    const { logger, snapCount } = options;
    const { storage, tree } = state;
    this.storage = storage;
    this.tree = tree;
    this.recovered = state.history;
    this.digestMismatches = state.digestMismatches;
    this.#snapshotter = new Snapshotter({ storage, tree, logger, snapCount, sinceSnapshot: state.replayed });
  }

  /** Recovers what is on disk. Rejects as `startServer` does; nothing stays open then. */
  static async open(options: ResolvedServerOptions, meter: Pick<Meter, "observe">): Promise<Database> {
    const storage = openStorage({ ...options, meter: { ...silentMeter, observe: meter.observe.bind(meter) } });
    try {
      return await Database.recover(storage, options);
    } catch (error) {
      await storage.close().catch(() => {});
      throw error;
    }
  }

  /** Recovers the state of a storage, which the database then uses. */
  static async recover(storage: Storage, options: ResolvedServerOptions): Promise<Database> {
    const recovered = await recoverTree(storage, randomInt(options.random, 2 ** 31));
    recovered.tree.watchLimits = { perWatcher: options.maxWatchesPerConnection, inAll: options.maxWatches };
    return new Database(options, { storage, ...recovered });
  }

  /** Counts transactions that were applied to the tree, and begins a snapshot if it is due. */
  applied(count: number): void {
    this.#snapshotter.applied(count);
  }

  /** Resolves when no snapshot is being written. */
  async idle(): Promise<void> {
    await this.#snapshotter.idle();
  }

  /** Takes a snapshot of the current tree. */
  async backup(): Promise<Backup> {
    const written = await this.storage.snapshot(this.tree.snapshotSource());
    if (written !== undefined) return written;
    // Without a log to complete it, it must show one moment: no transaction is applied meanwhile.
    const source = this.tree.snapshotSource();
    const chunks = Array.from(snapshotChunks(source), (chunk) => Uint8Array.from(chunk));
    return { zxid: source.lastZxid, bytes: Buffer.concat(chunks) };
  }

  /** Closes the files. Idempotent; rejects if the log cannot be closed properly. */
  close(): Promise<void> {
    return this.storage.close();
  }
}
