import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { type Clock, type Random, randomInt, seededRandom } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { FailingDisk } from "../test-support/crash/failing-disk.js";
import { recoverTree } from "./database/recover-tree.js";
import { FileStorage } from "./storage/file-storage.js";
import { StorageError } from "./storage/storage-error.js";
import { PendingTree } from "./tree/pending/pending-tree.js";
import type { Txn } from "./tree/txn.js";

const still: Clock = { now: () => 0, wallTime: () => 0, setTimer: () => ({ cancel() {} }) };
const FOLDER = "/data/version-2";
const BATCHES = 12;
const BATCH = 10n;

const open = (files: FailingDisk): FileStorage =>
  new FileStorage({ dataDir: "/data", preAllocBytes: 4096, files, clock: still });

/** A disk with snapshots and logs of a history without sessions, and the digest of its tree. */
async function written(random: Random): Promise<{ disk: FailingDisk; zxid: bigint; digest: bigint }> {
  const disk = new FailingDisk({ random, operations: 1_000_000 });
  const storage = open(disk);
  const { tree } = await recoverTree(storage);
  const pending = new PendingTree(tree);
  for (let batch = 0; batch < BATCHES; batch++) {
    const records = Array.from({ length: Number(BATCH) }, (_, index) => {
      const zxid = tree.lastZxid + BigInt(index + 1);
      const data = new Uint8Array(randomInt(random, 300)).fill(0xaa);
      const path = `/n${zxid}`;
      const txn: Txn = { type: OpCode.create, path, data, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: -1 };
      return { header: { clientId: 7n, cxid: 1, zxid, time: 1, type: txn.type }, txn };
    });
    for (const record of records) storage.append({ ...record, digest: pending.add(record.header, record.txn) });
    await storage.flush();
    for (const record of records) pending.applyTo(tree, record);
    if (batch % 5 === 4) await storage.snapshot(tree.snapshotSource());
  }
  await storage.close();
  return { disk, zxid: tree.lastZxid, digest: tree.digest! };
}

it("a flipped bit anywhere is reported, is harmless, or costs only the last transaction", async () => {
  const random = seededRandom(1);
  const { disk, zxid, digest } = await written(random);
  const outcomes = { refused: 0, harmless: 0, last: 0 };
  await forEachSeed(
    async (chance) => {
      const copy = disk.afterCrash({ random: chance, operations: 1_000_000, isKill: true });
      const names = await copy.list(FOLDER);
      const path = `${FOLDER}/${names[randomInt(chance, names.length)]}`;
      const { length } = await copy.tail(path, Number.MAX_SAFE_INTEGER);
      copy.flip(path, randomInt(chance, length), randomInt(chance, 8));
      const storage = open(copy);
      try {
        const { tree } = await recoverTree(storage);
        if (tree.lastZxid === zxid) {
          expect(tree.digest, path).toBe(digest);
          outcomes.harmless++;
        } else {
          expect(tree.lastZxid, path).toBe(zxid - 1n);
          outcomes.last++;
        }
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        expect(error.message).toMatch(/Restore|Start the version that wrote it/);
        outcomes.refused++;
      } finally {
        await storage.close();
      }
    },
    { count: 600 },
  );
  expect(outcomes.refused).toBeGreaterThan(0);
  expect(outcomes.harmless).toBeGreaterThan(0);
  expect(outcomes.last).toBeLessThan(30);
});

it("recovery uses the previous snapshot if a flipped bit in a path leaves a znode without parent", async () => {
  const { disk, zxid, digest } = await written(seededRandom(1));
  const copy = disk.afterCrash({ random: seededRandom(2), operations: 1_000_000, isKill: true });
  const snapshots = (await copy.list(FOLDER)).filter((name) => name.startsWith("snapshot."));
  const newest = snapshots.sort((a, b) => Number.parseInt(b.slice(9), 16) - Number.parseInt(a.slice(9), 16))[0];
  const path = `${FOLDER}/${newest}`;
  const bytes = Buffer.from(await copy.tail(path, Number.MAX_SAFE_INTEGER));
  copy.flip(path, bytes.indexOf("/zookeeper/config") + "/zoo".length, 4);
  const storage = open(copy);
  const { tree } = await recoverTree(storage);
  await storage.close();
  expect([tree.lastZxid, tree.digest]).toEqual([zxid, digest]);
});
