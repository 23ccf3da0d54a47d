import { type Random, randomInt, seededRandom } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { FailingDisk } from "../../test-support/crash/failing-disk.js";
import { creation, lastRecovered, openStorage, type Step, writeHistory } from "../../test-support/crash/history.js";
import { recoverTree } from "../database/recover-tree.js";
import { StorageError } from "./storage-error.js";

const FOREVER = 1_000_000;
const newDisk = (random: Random): FailingDisk => new FailingDisk({ random, operations: FOREVER });
const epoch2 = (counter: number): bigint => 0x2_0000_0000n + BigInt(counter);

/** Zxids 1 to 20, and the first ten of epoch 2, in several files with snapshots between. */
const steps: readonly Step[] = [
  ...[1n, 2n, 3n, 4n, "new file" as const, 5n, 6n, "snapshot" as const, 7n, 8n, 9n, 10n, "new file" as const],
  ...[11n, 12n, "snapshot" as const, 13n, 14n, 15n, 16n, 17n, 18n, 19n, 20n],
  ...Array.from({ length: 10 }, (_, index) => epoch2(index + 1)),
];

async function truncate(disk: FailingDisk, zxid: bigint): Promise<void> {
  const storage = openStorage(disk);
  try {
    await recoverTree(storage);
    await storage.truncateAfter(zxid);
  } finally {
    await storage.close().catch(() => {});
  }
}

describe("truncating a history", () => {
  it("leaves exactly the transactions up to the zxid, whichever it is", async () => {
    const disk = newDisk(seededRandom(1));
    const zxids = await writeHistory(disk, steps);
    for (const zxid of zxids.toReversed()) {
      await truncate(disk, zxid);
      expect(await lastRecovered(disk, zxids)).toBe(zxid);
    }
    await truncate(disk, 0n);
    expect(await lastRecovered(disk, zxids)).toBe(0n);
  });

  it("lets a server that is opened again append the next transactions of another leader", async () => {
    const disk = newDisk(seededRandom(2));
    await writeHistory(disk, steps);
    await truncate(disk, 14n);
    const zxids = await writeHistory(disk, [epoch2(1), epoch2(2)]);
    expect(
      await lastRecovered(disk, [
        ...steps.filter((step) => typeof step === "bigint" && step <= 14n),
        ...zxids,
      ] as bigint[]),
    ).toBe(epoch2(2));
  });

  it.each([
    ["between two epochs", 21n],
    ["after the last transaction", epoch2(11)],
    ["of a later epoch", 0x3_0000_0001n],
  ])("at a zxid %s is refused, and changes nothing", async (_name, zxid) => {
    const disk = newDisk(seededRandom(3));
    const zxids = await writeHistory(disk, steps);
    await expect(truncate(disk, zxid)).rejects.toMatchObject({ name: "StorageError", code: "not-on-record" });
    expect(await lastRecovered(disk, zxids)).toBe(epoch2(10));
  });

  it("before the oldest snapshot is refused", async () => {
    const disk = newDisk(seededRandom(4));
    const zxids = await writeHistory(disk, steps);
    await disk.remove("/data/version-2/snapshot.0");
    await expect(truncate(disk, 3n)).rejects.toThrow(/Copy a snapshot of the leader instead/);
    expect(await lastRecovered(disk, zxids)).toBe(epoch2(10));
  });

  it("does not trust a damaged snapshot", async () => {
    const disk = newDisk(seededRandom(5));
    const zxids = await writeHistory(disk, steps);
    disk.flip("/data/version-2/snapshot.c", 60, 1);
    await truncate(disk, 13n);
    expect(await lastRecovered(disk, zxids)).toBe(13n);
  });

  it("ends the storage: it appends nothing more", async () => {
    const disk = newDisk(seededRandom(6));
    await writeHistory(disk, steps);
    const storage = openStorage(disk);
    await recoverTree(storage);
    await storage.truncateAfter(14n);
    expect(() => storage.append(creation(15n))).toThrow("replaced or truncated");
    await storage.close();
  });

  it("can be interrupted anywhere: the history that is left ends at the zxid or later, and can be truncated again", async () => {
    const outcomes = { done: 0, before: 0, between: 0 };
    await forEachSeed(
      async (random) => {
        const first = newDisk(random);
        const zxids = await writeHistory(first, steps);
        const zxid = zxids[randomInt(random, zxids.length)]!;
        const fullAfter = randomInt(random, 4) === 0 ? randomInt(random, 60) : undefined;
        const failing = first.afterCrash({ random, operations: 20 + randomInt(random, 120), fullAfter, isKill: true });
        const isDone = await truncate(failing, zxid).then(
          () => true,
          (error: unknown) => {
            if (error instanceof StorageError && error.code === "not-on-record") throw error;
            return false;
          },
        );
        const next = failing.afterCrash({ random, operations: FOREVER, isKill: randomInt(random, 2) === 0 });
        const last = await lastRecovered(next, zxids);
        expect(last).toBeGreaterThanOrEqual(zxid);
        if (isDone) expect(last).toBe(zxid);
        outcomes[isDone ? "done" : last === epoch2(10) ? "before" : "between"]++;
        await truncate(next, zxid);
        expect(await lastRecovered(next, zxids)).toBe(zxid);
      },
      { count: 40, first: 1 },
    );
    expect(
      Object.values(outcomes).every((count) => count > 0),
      JSON.stringify(outcomes),
    ).toBe(true);
  });
});
