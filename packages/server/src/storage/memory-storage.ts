import type { RecoverySink } from "./recovery-sink.js";
import { newSecret } from "./secret-file.js";
import type { Recovered, Storage } from "./storage.js";
import { StorageError } from "./storage-error.js";

/**
 * Keeps nothing: for servers that live and die with their process, such as those of tests. What is flushed survives as
 * long as the process that holds the tree, and no longer.
 */
export class MemoryStorage implements Storage {
  readonly keepsDigest = false;

  async recover(sink: RecoverySink): Promise<Recovered> {
    sink.reset();
    return { lastZxid: 0n, fresh: true, digestMismatches: 0 };
  }

  append(): void {}

  async flush(): Promise<void> {}

  async snapshot(): Promise<undefined> {}

  async restore(): Promise<never> {
    const message = "a server that keeps everything in memory cannot restore a snapshot: set dataDir";
    throw new StorageError("unsupported", message, { path: "" });
  }

  async secret(): Promise<Uint8Array> {
    return newSecret();
  }

  async close(): Promise<void> {}
}
