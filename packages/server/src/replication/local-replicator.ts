import type { Storage } from "../storage/storage.js";
import type { TxnRecord } from "../tree/txn.js";
import type { Replicator, ReplicatorEvents } from "./replicator.js";

export interface LocalReplicatorOptions {
  readonly storage: Pick<Storage, "append" | "flush">;
  readonly events: ReplicatorEvents;
  /** Runs a task after everything that has arrived was read, so that one write to disk serves it all. */
  readonly defer: (task: () => void) => void;
}

/**
 * Replicator of a server that is alone: records on its own disk are committed. Group commit: records proposed during a
 * flush share the next one. Its states are in pipeline/SPEC.md.
 */
export class LocalReplicator implements Replicator {
  readonly #options: LocalReplicatorOptions;
  /** Zxid of the last record appended and not flushed. */
  #appended: bigint | undefined;
  #isRunning = false;
  #hasFailed = false;

  constructor(options: LocalReplicatorOptions) {
    this.#options = options;
  }

  propose(record: TxnRecord): void {
    if (this.#hasFailed) return;
    this.#options.storage.append(record);
    this.#appended = record.header.zxid;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#options.defer(() => void this.#flushAll());
  }

  /** Never rejects. */
  async #flushAll(): Promise<void> {
    const { storage, events } = this.#options;
    try {
      for (let zxid = this.#takeAppended(); zxid !== undefined; zxid = this.#takeAppended()) {
        await storage.flush();
        events.durable(zxid);
        events.committed(zxid);
      }
      this.#isRunning = false;
    } catch (cause) {
      this.#hasFailed = true;
      events.failed(cause);
    }
  }

  #takeAppended(): bigint | undefined {
    const zxid = this.#appended;
    this.#appended = undefined;
    return zxid;
  }
}
