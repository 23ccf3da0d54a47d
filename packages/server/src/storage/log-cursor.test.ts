import { seededRandom } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { FailingDisk } from "../../test-support/crash/failing-disk.js";
import { creation, openStorage, type Step, writeHistory } from "../../test-support/crash/history.js";
import { recoverTree } from "../database/recover-tree.js";
import type { TxnRecord } from "../tree/txn.js";
import type { FileStorage } from "./file-storage.js";
import type { LogCursor } from "./log-cursor.js";

const epoch2 = (counter: number): bigint => 0x2_0000_0000n + BigInt(counter);
const steps: readonly Step[] = [1n, 2n, 3n, "new file", 4n, 5n, "new file", 6n, epoch2(1), epoch2(2)];

async function open(history: readonly Step[] = steps): Promise<{ storage: FileStorage; disk: FailingDisk }> {
  const disk = new FailingDisk({ random: seededRandom(1), operations: 1_000_000 });
  await writeHistory(disk, history);
  const storage = openStorage(disk);
  await recoverTree(storage);
  return { storage, disk };
}

async function zxidsOf(cursor: LogCursor): Promise<bigint[]> {
  if (cursor.kind !== "records") throw new Error(`the log begins at ${cursor.from}`);
  const zxids: bigint[] = [];
  for await (const records of cursor.records) zxids.push(...records.map(({ header }) => header.zxid));
  return zxids;
}

describe("a log opened after a zxid", () => {
  it.each<[bigint, bigint, bigint[]]>([
    [0n, 0n, [1n, 2n, 3n, 4n, 5n, 6n, epoch2(1), epoch2(2)]],
    [1n, 1n, [2n, 3n, 4n, 5n, 6n, epoch2(1), epoch2(2)]],
    [3n, 3n, [4n, 5n, 6n, epoch2(1), epoch2(2)]],
    [5n, 5n, [6n, epoch2(1), epoch2(2)]],
    [6n, 6n, [epoch2(1), epoch2(2)]],
    [9n, 6n, [epoch2(1), epoch2(2)]],
    [epoch2(1), epoch2(1), [epoch2(2)]],
    [epoch2(2), epoch2(2), []],
    [epoch2(9), epoch2(2), []],
  ])("%d gives the last zxid up to it, %s, and all records after it", async (after, previous, expected) => {
    const { storage } = await open();
    const cursor = await storage.readFrom(after);
    expect(cursor).toMatchObject({ kind: "records", previous });
    expect(await zxidsOf(cursor)).toEqual(expected);
    await storage.close();
  });

  it("gives whole records, with their digests", async () => {
    const { storage } = await open();
    const cursor = await storage.readFrom(epoch2(1));
    if (cursor.kind !== "records") throw new Error("missing");
    const records: TxnRecord[] = [];
    for await (const batch of cursor.records) records.push(...batch);
    expect(records).toEqual([{ ...creation(epoch2(2)), digest: { version: 2, treeDigest: expect.any(BigInt) } }]);
    await storage.close();
  });

  it("is missing where purged files had the records, and names the zxid at which the log begins", async () => {
    const { storage, disk } = await open();
    await disk.remove("/log/version-2/log.1");
    expect(await storage.readFrom(2n)).toEqual({ kind: "missing", from: 4n });
    expect(await zxidsOf(await storage.readFrom(3n))).toEqual([4n, 5n, 6n, epoch2(1), epoch2(2)]);
    await storage.close();
  });

  it("is missing where the log begins with a later epoch, because the end of the one before is not known", async () => {
    const { storage, disk } = await open([...steps.slice(0, -2), "snapshot", "new file", epoch2(1), epoch2(2)]);
    for (const name of ["log.1", "log.4", "log.6"]) await disk.remove(`/log/version-2/${name}`);
    expect(await storage.readFrom(5n)).toEqual({ kind: "missing", from: epoch2(1) });
    expect(await storage.readFrom(6n)).toEqual({ kind: "missing", from: epoch2(1) });
    // As a purge does before it removes logs.
    await disk.remove("/data/version-2/snapshot.0");
    expect(await storage.readFrom(0n)).toEqual({ kind: "missing", from: epoch2(1) });
    await storage.close();
  });

  it("is missing where there is no log", async () => {
    const { storage } = await open([]);
    expect(await storage.readFrom(0n)).toEqual({ kind: "missing", from: undefined });
    await storage.close();
  });

  it("rejects where a file between is missing", async () => {
    const { storage, disk } = await open();
    await disk.remove("/log/version-2/log.4");
    await expect(storage.readFrom(1n).then(zxidsOf)).rejects.toMatchObject({ code: "gap" });
    await storage.close();
  });

  it("may be read while records are appended, and ends at the last one that was durable when it was opened", async () => {
    const { storage } = await open();
    storage.append(creation(epoch2(3)));
    await storage.flush();
    storage.append(creation(epoch2(4)));
    const cursor = await storage.readFrom(5n);
    const flushed = storage.flush();
    const zxids = await zxidsOf(cursor);
    await flushed;
    expect(zxids).toEqual([6n, epoch2(1), epoch2(2), epoch2(3)]);
    expect((await zxidsOf(await storage.readFrom(epoch2(2)))).at(-1)).toBe(epoch2(4));
    await storage.close();
  });
});
