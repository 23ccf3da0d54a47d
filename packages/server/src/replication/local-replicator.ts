import type { Storage } from "../storage/storage.js";
import type { TxnRecord } from "../tree/txn.js";
import { GroupCommit } from "./group-commit.js";
import type { Replicator, ReplicatorEvents } from "./replicator.js";

export interface LocalReplicatorOptions {
  readonly storage: Pick<Storage, "append" | "flush">;
  readonly events: ReplicatorEvents;
  /** Runs a task after everything that has arrived was read, so that one write to disk serves it all. */
  readonly defer: (task: () => void) => void;
}

/** Replicator of a server that is alone: records on its own disk are committed. */
export class LocalReplicator implements Replicator {
  readonly #log: GroupCommit;
  #hasFailed = false;

  constructor({ storage, defer, events }: LocalReplicatorOptions) {
    this.#log = new GroupCommit({
      ...{ storage, defer },
      onDurable: (zxid) => {
        events.durable(zxid);
        events.committed(zxid);
      },
      onFailed: (cause) => {
        this.#hasFailed = true;
        events.failed(cause);
      },
    });
  }

  propose(record: TxnRecord): void {
    if (!this.#hasFailed) this.#log.append(record);
  }
}
