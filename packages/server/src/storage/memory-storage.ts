import type { ConfigurationStore } from "./configuration-files.js";
import type { EpochStore } from "./epoch-files.js";
import type { LogCursor } from "./log-cursor.js";
import type { RecoverySink } from "./recovery-sink.js";
import { newSecret } from "./secret-file.js";
import type { Recovered, Storage } from "./storage.js";
import { StorageError } from "./storage-error.js";

/** Storage without files, for servers whose data ends with their process, such as those of tests. */
export class MemoryStorage implements Storage {
  readonly keepsDigest = false;

  async recover(sink: RecoverySink): Promise<Recovered> {
    sink.reset();
    return { snapshotZxid: 0n, lastZxid: 0n, fresh: true, digestMismatches: 0 };
  }

  append(): void {}

  async flush(): Promise<void> {}

  async snapshot(): Promise<undefined> {}

  async installSnapshot(): Promise<never> {
    throw unsupported("restore a snapshot");
  }

  async truncateAfter(): Promise<never> {
    throw unsupported("truncate its log");
  }

  /** Has no log: a learner of such a server gets a snapshot. */
  async readFrom(): Promise<LogCursor> {
    return { kind: "missing", from: undefined };
  }

  async epochs(): Promise<EpochStore> {
    throw unsupported("be a member of an ensemble");
  }

  async configurations(): Promise<ConfigurationStore> {
    throw unsupported("be a member of an ensemble");
  }

  async secret(): Promise<Uint8Array> {
    return newSecret();
  }

  async close(): Promise<void> {}
}

function unsupported(action: string): StorageError {
  const message = `a server that keeps everything in memory cannot ${action}: set dataDir`;
  return new StorageError("unsupported", message, { path: "" });
}
