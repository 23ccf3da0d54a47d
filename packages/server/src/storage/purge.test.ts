import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@conclave/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { append, record, StorageFolder, snapshotAt, zxids } from "../../test-support/storage/storage-folder.js";
import { FileStorage } from "./file-storage.js";

let folder: StorageFolder;
beforeEach(() => {
  folder = new StorageFolder();
});
afterEach(() => folder.close());

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
    const { storage } = await folder.start();
    await history(storage, [0n, 5n, 10n, 15n, 20n]);
    await storage.purge();
    expect(folder.files()).toEqual(
      ["log.15", "log.b", "log.6", "log.10", "snapshot.14", "snapshot.a", "snapshot.f"].sort(),
    );
    expect(zxids((await folder.start()).kept)).toEqual([21n, 22n]);
    for (const newer of ["snapshot.14", "snapshot.f"]) rmSync(join(folder.dataDir, "version-2", newer));
    expect(zxids((await folder.start()).kept)).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index + 11)));
  });

  it("removes nothing where there are fewer, and does not count those that Apache did not finish", async () => {
    const { storage } = await folder.start();
    await history(storage, [0n, 5n]);
    const broken = join(folder.dataDir, "version-2/snapshot.6");
    writeFileSync(broken, readFileSync(join(folder.dataDir, "version-2/snapshot.5")).subarray(0, -1));
    const before = folder.files();
    await storage.purge();
    expect(folder.files()).toEqual(before);
  });

  it("keeps three whole snapshots where Apache did not finish the newest ones", async () => {
    const { storage } = await folder.start();
    await history(storage, [0n, 5n, 10n, 15n, 20n]);
    for (const name of ["snapshot.f", "snapshot.14"]) {
      const path = join(folder.dataDir, "version-2", name);
      writeFileSync(path, readFileSync(path).subarray(0, -1));
    }
    const before = folder.files();
    await storage.purge();
    expect(folder.files()).toEqual(before);
  });

  it("comes with the start and then at its interval, until the storage is closed", async () => {
    const { storage } = await folder.start();
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
    const second = (await folder.start({ purgeIntervalMs: 7_200_000, clock })).storage;
    await second.purge();
    expect(folder.files()).not.toContain("snapshot.0");
    await append(second, 6n, 7n);
    await second.snapshot(snapshotAt(7n));
    expect(timers).toHaveLength(1);
    expect(timers[0]!.delayMs).toBe(7_200_000);
    timers[0]!.fire();
    await second.purge();
    expect(folder.files()).not.toContain("snapshot.1");
    expect(folder.files()).toContain("snapshot.2");
    await second.close();
    expect(timers).toHaveLength(2);
    expect(cancelled).toBeGreaterThan(0);
  });

  it("of fewer than three is refused", () => {
    expect(() => new FileStorage({ dataDir: folder.dataDir, snapRetainCount: 2 })).toThrow("3 or more, and not 2");
  });
});
