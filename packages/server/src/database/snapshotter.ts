import type { Logger } from "@conclave/runtime";
import type { SnapshotSource } from "../storage/snapshot-source.js";
import type { Storage } from "../storage/storage.js";

export interface SnapshotterOptions {
  readonly storage: Pick<Storage, "snapshot">;
  readonly tree: { snapshotSource(): SnapshotSource };
  readonly logger: Logger;
  /** Number of transactions from one snapshot to the next. */
  readonly snapCount: number;
  /** Number of transactions since the last snapshot, as recovery found it. */
  readonly sinceSnapshot: number;
}

/** Writes a snapshot after every `snapCount` applied transactions; skips one that is due while another is being written. */
export class Snapshotter {
  readonly #options: SnapshotterOptions;
  #sinceSnapshot: number;
  #running: Promise<void> | undefined;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    this.#sinceSnapshot = options.sinceSnapshot;
  }

  /** Counts applied transactions, and begins a snapshot if it is due. */
  applied(count: number): void {
    this.#sinceSnapshot += count;
    if (this.#sinceSnapshot < this.#options.snapCount || this.#running !== undefined) return;
    this.#sinceSnapshot = 0;
    this.#running = this.#write().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when no snapshot is being written. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** A failed snapshot costs recovery time, not data: the log has everything. */
  async #write(): Promise<void> {
    const { tree, storage, logger } = this.#options;
    try {
      await storage.snapshot(tree.snapshotSource());
    } catch (cause) {
      logger.error("snapshot failed; the transaction log continues", { cause });
    }
  }
}
