import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Acl, OpCode } from "@conclave/protocol";
import { type Logger, silentMeter, systemClock } from "@conclave/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Txn, TxnRecord } from "../tree/txn.js";
import { type FileLayer, systemFiles } from "./file-layer.js";
import { FileStorage } from "./file-storage.js";
import type { FileStorageOptions } from "./file-storage-options.js";
import { apacheFiles, apacheFolder } from "./golden/apache-files.js";
import type { RecoverySink } from "./recovery-sink.js";
import { MISSING_ACL } from "./snapshot-reader.js";
import type { SnapshotNode, SnapshotSession, SnapshotSource } from "./snapshot-source.js";
import { snapshotChunks } from "./snapshot-writer.js";
import type { Recovered } from "./storage.js";

let dataDir: string;
const open: FileStorage[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "conclave-storage-"));
});
afterEach(async () => {
  for (const storage of open.splice(0)) await storage.close().catch(() => {});
  rmSync(dataDir, { recursive: true, force: true });
});

const files = (folder = dataDir): string[] =>
  readdirSync(join(folder, "version-2"))
    .filter((name) => !name.startsWith("lock."))
    .sort();

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

interface Started {
  readonly storage: FileStorage;
  readonly kept: Kept;
  readonly recovered: Recovered;
}

async function start(options: Partial<FileStorageOptions> = {}): Promise<Started> {
  const storage = new FileStorage({ dataDir, preAllocBytes: 4096, files: withoutLock, ...options });
  open.push(storage);
  const kept = new Kept();
  return { storage, kept, recovered: await storage.recover(kept) };
}

const stat = {
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
const root: SnapshotNode = { path: "", data: null, acl: null, stat };
const snapshotAt = (lastZxid: bigint, more: Partial<SnapshotSource> = {}): SnapshotSource => ({
  lastZxid,
  sessions: [],
  acls: [],
  nodes: [root],
  ...more,
});
const record = (zxid: bigint, txn: Txn = { type: OpCode.error, err: -101 }): TxnRecord => ({
  header: { clientId: 7n, cxid: 1, zxid, time: 1000, type: txn.type },
  txn,
});

async function append(storage: FileStorage, from: bigint, to: bigint): Promise<void> {
  for (let zxid = from; zxid <= to; zxid++) storage.append(record(zxid));
  await storage.flush();
}

const zxids = ({ records }: Kept): bigint[] => records.map(({ header }) => header.zxid);

describe("an empty folder", () => {
  it("is created, and is fresh", async () => {
    const { recovered } = await start({ dataDir: join(dataDir, "a/b") });
    expect(recovered).toEqual({ lastZxid: 0n, fresh: true, digestMismatches: 0 });
    expect(files(join(dataDir, "a/b"))).toEqual([]);
  });

  it("takes a snapshot before the first record, as Apache's does", async () => {
    const { storage } = await start();
    expect(() => storage.append(record(1n))).toThrow("takes a snapshot of the initial tree first");
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 1n);
    expect(files()).toEqual(["log.1", "snapshot.0"]);
  });

  it("does not become anything by being looked at", async () => {
    await start();
    expect((await start()).recovered.fresh).toBe(true);
  });
});

describe("recovery", () => {
  it("returns flushed records after a stop without a close", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n, { sessions: [{ id: 3n, timeoutMs: 4000 }] }));
    await append(storage, 1n, 300n);
    const { kept, recovered } = await start();
    expect(recovered).toEqual({ lastZxid: 300n, fresh: false, digestMismatches: 0 });
    expect(kept.sessions).toEqual([{ id: 3n, timeoutMs: 4000 }]);
    expect(kept.nodes).toEqual([root]);
    expect(zxids(kept)).toEqual(Array.from({ length: 300 }, (_, index) => BigInt(index + 1)));
  });

  it("begins at the newest snapshot, and replays all later records from any files", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 10n);
    await storage.snapshot(snapshotAt(8n));
    await append(storage, 11n, 12n);
    const { kept, recovered } = await start();
    expect(zxids(kept)).toEqual([9n, 10n, 11n, 12n]);
    expect(recovered.lastZxid).toBe(12n);
    expect(files()).toEqual(["log.1", "log.b", "snapshot.0", "snapshot.8"]);
  });

  it("falls back to the snapshot before, where the newest is damaged", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 4n);
    await storage.snapshot(snapshotAt(4n));
    const newest = join(dataDir, "version-2/snapshot.4");
    writeFileSync(newest, readFileSync(newest).subarray(0, -3));
    const warnings: string[] = [];
    const logger: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} };
    const { kept } = await start({ logger });
    expect(zxids(kept)).toEqual([1n, 2n, 3n, 4n]);
    expect(kept.nodes).toEqual([root]);
    expect(warnings).toEqual([expect.stringContaining(`${newest} is damaged`)]);
  });

  it("is refused if the log of that snapshot is missing", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 4n);
    await storage.snapshot(snapshotAt(4n));
    await append(storage, 5n, 6n);
    writeFileSync(join(dataDir, "version-2/snapshot.4"), "broken");
    rmSync(join(dataDir, "version-2/log.1"));
    await expect(start()).rejects.toMatchObject({ code: "gap" });
  });

  it("is refused where no snapshot can be read", async () => {
    mkdirSync(join(dataDir, "version-2"));
    writeFileSync(join(dataDir, "version-2/snapshot.0"), "broken");
    await expect(start()).rejects.toThrow(/The only snapshot in .* is unreadable: .*snapshot\.0 is damaged at byte 0/);
  });

  it("is refused where there is a log without a snapshot, unless that is trusted", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    rmSync(join(dataDir, "version-2/snapshot.0"));
    await expect(start()).rejects.toMatchObject({
      code: "no-snapshot",
      message: expect.stringContaining("snapshot.trust.empty"),
    });
    expect(zxids((await start({ trustEmptySnapshot: true })).kept)).toEqual([1n, 2n]);
  });

  it("continues with a new log file, even after a torn tail", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 3n);
    const log = join(dataDir, "version-2/log.1");
    writeFileSync(log, readFileSync(log).subarray(0, 16 + 2 * 49 + 20));
    const second = await start();
    expect(second.recovered.lastZxid).toBe(2n);
    await append(second.storage, 3n, 4n);
    expect(files()).toEqual(["log.1", "log.3", "snapshot.0"]);
    expect(zxids((await start()).kept)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("removes unfinished files of a killed process, and nothing else", async () => {
    mkdirSync(join(dataDir, "version-2"));
    const names = ["acceptedEpoch", "currentEpoch", "unfinished-log.5", "unfinished-snapshot.2f"];
    for (const name of names) writeFileSync(join(dataDir, "version-2", name), "1");
    await start();
    expect(files()).toEqual(["acceptedEpoch", "currentEpoch"]);
  });

  it("reads the folder of an Apache ZooKeeper", async () => {
    mkdirSync(join(dataDir, "version-2"));
    for (const name of readdirSync(apacheFolder))
      copyFileSync(join(apacheFolder, name), join(dataDir, "version-2", name));
    const { kept, recovered } = await start();
    expect(recovered.lastZxid).toBe(0x17n);
    expect(kept.records).toEqual(apacheFiles.transactions.slice(-1));
    expect(kept.nodes.map(({ path }) => path).sort()).toEqual(
      apacheFiles.snapshots["snapshot.16.gz"]!.nodes.map(({ path }) => path).sort(),
    );
    rmSync(join(dataDir, "version-2/snapshot.16.gz"));
    rmSync(join(dataDir, "version-2/snapshot.13"));
    expect((await start()).kept.records).toEqual(apacheFiles.transactions);
  });
});

describe("a node with an ACL that was set while the snapshot was written", () => {
  const secret: readonly Acl[] = [{ permissions: 31, id: { scheme: "digest", id: "a:b" } }];
  const create = (path: string): Txn => ({
    type: OpCode.create,
    path,
    data: null,
    acl: secret,
    ephemeral: false,
    parentCVersion: 1,
  });

  it("is given it by the transaction that set it", async () => {
    const { storage } = await start();
    const changed = { ...root, path: "/changed", acl: secret };
    await storage.snapshot(snapshotAt(0n, { nodes: [root, changed] }));
    const setAcl: Txn = { type: OpCode.setACL, path: "/changed", acl: secret, version: 1 };
    storage.append(record(1n, setAcl));
    await storage.flush();
    const { kept } = await start();
    expect(kept.nodes[1]!.acl).toBe(MISSING_ACL);
    expect(kept.records).toEqual([record(1n, setAcl)]);
  });

  it("is given it once more where Apache's snapshot shows a node that the log creates only later", async () => {
    const { storage } = await start();
    const shown = { ...root, path: "/shown", acl: secret, stat: { ...stat, czxid: 2n, aversion: 3 } };
    // As if the snapshot had begun at 2: then the node is in it.
    await storage.snapshot(snapshotAt(2n, { nodes: [root, shown] }));
    renameSync(join(dataDir, "version-2/snapshot.2"), join(dataDir, "version-2/snapshot.0"));
    const later = await start();
    later.storage.append(record(1n));
    later.storage.append(record(2n, { type: OpCode.multi, txns: [create("/shown"), create("/other")] }));
    await later.storage.flush();
    const { records } = (await start()).kept;
    expect(records.map(({ header }) => [header.zxid, header.type])).toEqual([
      [1n, OpCode.error],
      [2n, OpCode.multi],
      [2n, OpCode.setACL],
    ]);
    expect(records[2]!.txn).toEqual({ type: OpCode.setACL, path: "/shown", acl: secret, version: 3 });
  });
});

describe("a snapshot", () => {
  it("may be taken while records are appended, and costs none of them", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 5n);
    const nodes = Array.from({ length: 20_000 }, (_, index) => ({ ...root, path: `/${index}` }));
    const snapshot = storage.snapshot(snapshotAt(5n, { nodes: [root, ...nodes] }));
    for (let zxid = 6n; zxid <= 30n; zxid++) await append(storage, zxid, zxid);
    await snapshot;
    const { kept } = await start();
    expect(zxids(kept)).toEqual(Array.from({ length: 25 }, (_, index) => BigInt(index + 6)));
    expect(kept.nodes).toHaveLength(20_001);
  });

  it("that cannot be written leaves everything as it was", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    const nodes = (function* (): Generator<SnapshotNode> {
      yield root;
      throw new Error("no space");
    })();
    await expect(storage.snapshot(snapshotAt(0n, { nodes }))).rejects.toMatchObject({
      code: "write-failed",
      message: expect.stringContaining("no space"),
    });
    await append(storage, 1n, 2n);
    expect(zxids((await start()).kept)).toEqual([1n, 2n]);
  });
});

describe("a purge", () => {
  async function history(storage: FileStorage, snapshots: readonly bigint[]): Promise<void> {
    let zxid = 0n;
    for (const at of snapshots) {
      for (; zxid < at; zxid++) storage.append(record(zxid + 1n));
      await storage.flush();
      await storage.snapshot(snapshotAt(at));
    }
    await append(storage, zxid + 1n, zxid + 2n);
  }

  it("leaves three snapshots and the logs that the oldest of them builds on", async () => {
    const { storage } = await start();
    await history(storage, [0n, 5n, 10n, 15n, 20n]);
    await storage.purge();
    expect(files()).toEqual(["log.15", "log.b", "log.6", "log.10", "snapshot.14", "snapshot.a", "snapshot.f"].sort());
    expect(zxids((await start()).kept)).toEqual([21n, 22n]);
    for (const newer of ["snapshot.14", "snapshot.f"]) rmSync(join(dataDir, "version-2", newer));
    expect(zxids((await start()).kept)).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index + 11)));
  });

  it("removes nothing where there are fewer, and does not count those that Apache did not finish", async () => {
    const { storage } = await start();
    await history(storage, [0n, 5n]);
    const broken = join(dataDir, "version-2/snapshot.6");
    writeFileSync(broken, readFileSync(join(dataDir, "version-2/snapshot.5")).subarray(0, -1));
    const before = files();
    await storage.purge();
    expect(files()).toEqual(before);
  });

  it("comes with the start and then at its interval, until the storage is closed", async () => {
    const { storage } = await start();
    await history(storage, [0n, 1n, 2n, 3n]);
    await storage.close();
    const timers: { delayMs: number; fire: () => void }[] = [];
    let cancelled = 0;
    const clock = {
      ...systemClock,
      setTimer(delayMs: number, fire: () => void) {
        timers.push({ delayMs, fire });
        return { cancel: () => void cancelled++ };
      },
    };
    const second = (await start({ purgeIntervalMs: 7_200_000, clock })).storage;
    await second.purge();
    expect(files()).not.toContain("snapshot.0");
    await append(second, 6n, 7n);
    await second.snapshot(snapshotAt(7n));
    expect(timers).toHaveLength(1);
    expect(timers[0]!.delayMs).toBe(7_200_000);
    timers[0]!.fire();
    await second.purge();
    expect(files()).not.toContain("snapshot.1");
    expect(files()).toContain("snapshot.2");
    await second.close();
    expect(timers).toHaveLength(2);
    expect(cancelled).toBeGreaterThan(0);
  });

  it("of fewer than three is refused", () => {
    expect(() => new FileStorage({ dataDir, snapRetainCount: 2 })).toThrow("3 or more, and not 2");
  });
});

describe("a restore", () => {
  async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 10) yield bytes.subarray(at, at + 10);
  }
  const other = (lastZxid: bigint): Uint8Array =>
    Buffer.concat([...snapshotChunks(snapshotAt(lastZxid, { nodes: [root, { ...root, path: "/other" }] }))]);

  it.each([
    ["earlier", 3n, (bytes: Uint8Array) => bytes],
    ["later, and compressed", 1000n, (bytes: Uint8Array) => gzipSync(bytes)],
  ])("puts a snapshot of an %s transaction in the place of everything", async (_, zxid, packed) => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 5n);
    await storage.snapshot(snapshotAt(5n));
    await append(storage, 6n, 7n);
    expect(await storage.installSnapshot(inPieces(packed(other(zxid))))).toBe(zxid);
    expect(() => storage.append(record(8n))).toThrow("replaced or truncated");
    await storage.close();
    const second = await start();
    expect(second.recovered.lastZxid).toBe(zxid);
    expect(second.kept.nodes.map(({ path }) => path)).toEqual(["", "/other"]);
    expect(files()).toEqual([`snapshot.${zxid.toString(16)}`]);
    await append(second.storage, zxid + 1n, zxid + 2n);
    expect(zxids((await start()).kept)).toEqual([zxid + 1n, zxid + 2n]);
  });

  it("of something damaged changes nothing", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    const bytes = other(9n);
    const before = files();
    await expect(storage.installSnapshot(inPieces(bytes.subarray(0, -1)))).rejects.toMatchObject({
      code: "corrupt-snapshot",
    });
    expect(files()).toEqual(before);
    await append(storage, 3n, 4n);
    expect(zxids((await start()).kept)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("of a snapshot without a zxid is refused, with the remedy", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    const apache = readFileSync(join(apacheFolder, "snapshot.13"));
    await expect(storage.installSnapshot(inPieces(apache))).rejects.toThrow("under its own name");
    expect(files()).toEqual(["snapshot.0"]);
  });
});

it("measures its writes and snapshots", async () => {
  const seen = new Set<string>();
  const { storage } = await start({
    meter: { ...silentMeter, observe: (name, value) => void (value >= 0 && seen.add(name)) },
  });
  await storage.snapshot(snapshotAt(0n));
  await append(storage, 1n, 2n);
  expect([...seen].sort()).toEqual(["fsynctime", "snapshottime"]);
});

describe("two folders", () => {
  it("hold snapshots and logs apart", async () => {
    const dataLogDir = join(dataDir, "logs");
    const { storage } = await start({ dataLogDir });
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    expect(files()).toEqual(["snapshot.0"]);
    expect(files(dataLogDir)).toEqual(["log.1"]);
    expect(zxids((await start({ dataLogDir })).kept)).toEqual([1n, 2n]);
  });

  it("are refused where dataLogDir was set for data that is already there", async () => {
    const { storage } = await start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    await expect(start({ dataLogDir: join(dataDir, "logs") })).rejects.toMatchObject({
      code: "misplaced",
      path: join(dataDir, "version-2/log.1"),
    });
  });

  it("are refused where they were exchanged", async () => {
    const dataLogDir = join(dataDir, "logs");
    const { storage } = await start({ dataLogDir });
    await storage.snapshot(snapshotAt(0n));
    await expect(start({ dataDir: join(dataDir, "x"), dataLogDir: dataDir })).rejects.toMatchObject({
      code: "misplaced",
    });
  });
});

describe("an error of the operating system", () => {
  it("is reported with the folder and its option", async () => {
    writeFileSync(join(dataDir, "file"), "");
    await expect(start({ dataDir: join(dataDir, "file/data") })).rejects.toMatchObject({
      code: "access",
      message: expect.stringContaining("(dataDir)"),
    });
  });

  it("is reported if a file cannot be read", async () => {
    mkdirSync(join(dataDir, "version-2/snapshot.0"), { recursive: true });
    await expect(start()).rejects.toMatchObject({
      code: "access",
      message: expect.stringContaining("Cannot read the data on disk"),
    });
  });
});

it("closes twice, and flushes the remaining records", async () => {
  const { storage } = await start();
  await storage.snapshot(snapshotAt(0n));
  storage.append(record(1n));
  await storage.close();
  await storage.close();
  expect(zxids((await start()).kept)).toEqual([1n]);
});
