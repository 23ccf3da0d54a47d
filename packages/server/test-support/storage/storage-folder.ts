import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpCode } from "@conclave/protocol";
import { type FileLayer, systemFiles } from "../../src/storage/file-layer.js";
import { FileStorage } from "../../src/storage/file-storage.js";
import type { FileStorageOptions } from "../../src/storage/file-storage-options.js";
import type { RecoverySink } from "../../src/storage/recovery-sink.js";
import type { SnapshotNode, SnapshotSession, SnapshotSource } from "../../src/storage/snapshot-source.js";
import type { Recovered } from "../../src/storage/storage.js";
import type { Txn, TxnRecord } from "../../src/tree/txn.js";

/** For tests that leave a storage open in place of a process that died. */
const withoutLock: FileLayer = { ...systemFiles, lock: async () => ({ release: async () => {} }) };

/** A sink that keeps everything. */
class Kept implements RecoverySink {
  sessions: SnapshotSession[] = [];
  nodes: SnapshotNode[] = [];
  records: TxnRecord[] = [];
  digest: bigint | undefined;

  reset(): void {
    this.sessions = [];
    this.nodes = [];
    this.records = [];
  }
  restoreSession(session: SnapshotSession): void {
    this.sessions.push(session);
  }
  restoreNode(node: SnapshotNode): void {
    this.nodes.push(node);
  }
  apply(record: TxnRecord): void {
    this.records.push(record);
  }
}

/** A storage, and everything that its recovery found. */
interface Started {
  readonly storage: FileStorage;
  readonly kept: Kept;
  readonly recovered: Recovered;
}

/** A data folder of a test, and the storages that it opened. */
export class StorageFolder {
  readonly dataDir = mkdtempSync(join(tmpdir(), "conclave-storage-"));
  readonly #open: FileStorage[] = [];

  /** Opens a storage and recovers; other storages on the folder may still be open. */
  async start(options: Partial<FileStorageOptions> = {}): Promise<Started> {
    const storage = new FileStorage({ dataDir: this.dataDir, preAllocBytes: 4096, files: withoutLock, ...options });
    this.#open.push(storage);
    const kept = new Kept();
    return { storage, kept, recovered: await storage.recover(kept) };
  }

  /** Returns the names of the files with data, sorted. */
  files(folder = this.dataDir): string[] {
    return readdirSync(join(folder, "version-2"))
      .filter((name) => !name.startsWith("lock."))
      .sort();
  }

  /** Closes the storages, and removes the folder. */
  async close(): Promise<void> {
    for (const storage of this.#open) await storage.close().catch(() => {});
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** State of a new znode. */
export const stat = {
  czxid: 0n,
  mzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 0n,
};
/** The root as the only znode of a tree. */
export const root: SnapshotNode = { path: "", data: null, acl: null, stat };
/** Returns a snapshot of the root, with `more` in place of its parts. */
export const snapshotAt = (lastZxid: bigint, more: Partial<SnapshotSource> = {}): SnapshotSource => ({
  lastZxid,
  sessions: [],
  acls: [],
  nodes: [root],
  ...more,
});
/** Returns a record; of a failed request unless `txn` is given. */
export const record = (zxid: bigint, txn: Txn = { type: OpCode.error, err: -101 }): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1000, type: txn.type },
  txn,
});

/** Appends a record for each zxid from `from` to `to`, and flushes them. */
export async function append(storage: FileStorage, from: bigint, to: bigint): Promise<void> {
  for (let zxid = from; zxid <= to; zxid++) storage.append(record(zxid));
  await storage.flush();
}

/** Returns the zxids of the records that a recovery replayed. */
export const zxids = ({ records }: Kept): bigint[] => records.map(({ header }) => header.zxid);
