import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentMeter } from "@conclave/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { append, record, root, StorageFolder, snapshotAt, zxids } from "../../test-support/storage/storage-folder.js";
import type { SnapshotNode } from "./snapshot-source.js";

let folder: StorageFolder;
beforeEach(() => {
  folder = new StorageFolder();
});
afterEach(() => folder.close());

describe("an empty folder", () => {
  it("is created, and is fresh", async () => {
    const { recovered } = await folder.start({ dataDir: join(folder.dataDir, "a/b") });
    expect(recovered).toEqual({ snapshotZxid: 0n, lastZxid: 0n, fresh: true, digestMismatches: 0 });
    expect(folder.files(join(folder.dataDir, "a/b"))).toEqual([]);
  });

  it("takes a snapshot before the first record, as Apache's does", async () => {
    const { storage } = await folder.start();
    expect(() => storage.append(record(1n))).toThrow("takes a snapshot of the initial tree first");
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 1n);
    expect(folder.files()).toEqual(["log.1", "snapshot.0"]);
  });

  it("does not become anything by being looked at", async () => {
    await folder.start();
    expect((await folder.start()).recovered.fresh).toBe(true);
  });
});

describe("a snapshot", () => {
  it("may be taken while records are appended, and costs none of them", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 5n);
    const nodes = Array.from({ length: 20_000 }, (_, index) => ({ ...root, path: `/${index}` }));
    const snapshot = storage.snapshot(snapshotAt(5n, { nodes: [root, ...nodes] }));
    for (let zxid = 6n; zxid <= 30n; zxid++) await append(storage, zxid, zxid);
    await snapshot;
    const { kept } = await folder.start();
    expect(zxids(kept)).toEqual(Array.from({ length: 25 }, (_, index) => BigInt(index + 6)));
    expect(kept.nodes).toHaveLength(20_001);
  });

  it("that cannot be written leaves everything as it was", async () => {
    const { storage } = await folder.start();
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
    expect(zxids((await folder.start()).kept)).toEqual([1n, 2n]);
  });
});

it("measures its writes and snapshots", async () => {
  const seen = new Set<string>();
  const { storage } = await folder.start({
    meter: { ...silentMeter, observe: (name, value) => void (value >= 0 && seen.add(name)) },
  });
  await storage.snapshot(snapshotAt(0n));
  await append(storage, 1n, 2n);
  expect([...seen].sort()).toEqual(["fsynctime", "snapshottime"]);
});

describe("two folders", () => {
  it("hold snapshots and logs apart", async () => {
    const dataLogDir = join(folder.dataDir, "logs");
    const { storage } = await folder.start({ dataLogDir });
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    expect(folder.files()).toEqual(["snapshot.0"]);
    expect(folder.files(dataLogDir)).toEqual(["log.1"]);
    expect(zxids((await folder.start({ dataLogDir })).kept)).toEqual([1n, 2n]);
  });

  it("are refused where dataLogDir was set for data that is already there", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    await expect(folder.start({ dataLogDir: join(folder.dataDir, "logs") })).rejects.toMatchObject({
      code: "misplaced",
      path: join(folder.dataDir, "version-2/log.1"),
    });
  });

  it("are refused where they were exchanged", async () => {
    const dataLogDir = join(folder.dataDir, "logs");
    const { storage } = await folder.start({ dataLogDir });
    await storage.snapshot(snapshotAt(0n));
    await expect(
      folder.start({ dataDir: join(folder.dataDir, "x"), dataLogDir: folder.dataDir }),
    ).rejects.toMatchObject({
      code: "misplaced",
    });
  });
});

describe("an error of the operating system", () => {
  it("is reported with the folder and its option", async () => {
    writeFileSync(join(folder.dataDir, "file"), "");
    await expect(folder.start({ dataDir: join(folder.dataDir, "file/data") })).rejects.toMatchObject({
      code: "access",
      message: expect.stringContaining("(dataDir)"),
    });
  });

  it("is reported if a file cannot be read", async () => {
    mkdirSync(join(folder.dataDir, "version-2/snapshot.0"), { recursive: true });
    await expect(folder.start()).rejects.toMatchObject({
      code: "access",
      message: expect.stringContaining("Cannot read the data on disk"),
    });
  });
});

it("closes twice, and flushes the remaining records", async () => {
  const { storage } = await folder.start();
  await storage.snapshot(snapshotAt(0n));
  storage.append(record(1n));
  await storage.close();
  await storage.close();
  expect(zxids((await folder.start()).kept)).toEqual([1n]);
});
