import type { Storage } from "../storage/storage.js";
import type { TxnRecord } from "../tree/txn.js";

export interface GroupCommitOptions {
  readonly storage: Pick<Storage, "append" | "flush">;
  /** Runs a task after everything that has arrived was read, so that one write to disk serves it all. */
  readonly defer: (task: () => void) => void;
  /** Called when all records up to this zxid are on this server's disk. */
  readonly onDurable: (zxid: bigint) => void;
  /** Called once, when the log cannot be written any more, or `onDurable` has thrown. Nothing is reported after it. */
  readonly onFailed: (cause: unknown) => void;
}

/** Appends records to the log. Records that arrive during a flush share the next one. Its states are in pipeline/SPEC.md. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** Zxid of the last record appended and not flushed. */
  #appended: bigint | undefined;
  /** Resolves when nothing is being flushed. Stays set after a failure, so that nothing is flushed any more. */
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  append(record: TxnRecord): void {
    this.#options.storage.append(record);
    this.#flushUpTo(record.header.zxid);
  }

  /** Reports `zxid` as durable after a flush, although nothing was appended: an earlier process may have written it. */
  flush(zxid: bigint): void {
    this.#flushUpTo(zxid);
  }

  /** Resolves when nothing is being flushed. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #flushUpTo(zxid: bigint): void {
    this.#appended = zxid;
    this.#running ??= new Promise((resolve) => this.#options.defer(() => void this.#flushAll().then(resolve)));
  }

  /** Never rejects. */
  async #flushAll(): Promise<void> {
    const { storage, onDurable, onFailed } = this.#options;
    try {
      for (let zxid = this.#takeAppended(); zxid !== undefined; zxid = this.#takeAppended()) {
        await storage.flush();
        onDurable(zxid);
      }
      this.#running = undefined;
    } catch (cause) {
      onFailed(cause);
    }
  }

  #takeAppended(): bigint | undefined {
    const zxid = this.#appended;
    this.#appended = undefined;
    return zxid;
  }
}
