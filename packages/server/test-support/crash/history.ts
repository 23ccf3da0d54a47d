import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import type { Clock } from "@conclave/runtime";
import { recoverTree } from "../../src/database/recover-tree.js";
import { FileStorage } from "../../src/storage/file-storage.js";
import { DataTree } from "../../src/tree/data-tree.js";
import { PendingTree } from "../../src/tree/pending/pending-tree.js";
import type { TxnRecord } from "../../src/tree/txn.js";
import type { FailingDisk } from "./failing-disk.js";

const still: Clock = { now: () => 0, wallTime: () => 0, setTimer: () => ({ cancel() {} }) };

export const openStorage = (files: FailingDisk, preAllocBytes = 1024): FileStorage =>
  new FileStorage({ dataDir: "/data", dataLogDir: "/log", preAllocBytes, files, clock: still });

/** Creates `/n<zxid>`. */
export function creation(zxid: bigint, data = new Uint8Array(Number(zxid % 50n))): TxnRecord {
  const path = `/n${zxid.toString(16)}`;
  const txn = { type: OpCode.create, path, data, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: -1 } as const;
  return { header: { clientId: 7n, cxid: 1, zxid, time: 1, type: txn.type }, txn };
}

/** A transaction, a snapshot of the tree after all before it, or a new log file. */
export type Step = bigint | "snapshot" | "new file";

/** Writes a history, as a server does, and closes its files. Returns its zxids. */
export async function writeHistory(disk: FailingDisk, steps: readonly Step[]): Promise<bigint[]> {
  let storage = openStorage(disk);
  let { tree } = await recoverTree(storage);
  let pending = new PendingTree(tree);
  for (const step of steps) {
    if (step === "snapshot") {
      await storage.snapshot(tree.snapshotSource());
    } else if (step === "new file") {
      await storage.close();
      storage = openStorage(disk);
      ({ tree } = await recoverTree(storage));
      pending = new PendingTree(tree);
    } else {
      const { header, txn } = creation(step);
      const record = { header, txn, digest: pending.add(header, txn) };
      storage.append(record);
      await storage.flush();
      pending.applyTo(tree, record);
    }
  }
  await storage.close();
  return steps.filter((step) => typeof step === "bigint");
}

/** Returns the digest of a tree after some of the zxids. */
export function digestAfter(zxids: readonly bigint[]): bigint {
  const tree = new DataTree();
  for (const zxid of zxids) tree.apply(creation(zxid));
  return tree.digest!;
}

/** Recovers and closes. Returns the last zxid; throws if the tree is not that of exactly the zxids up to it. */
export async function lastRecovered(disk: FailingDisk, zxids: readonly bigint[]): Promise<bigint> {
  const storage = openStorage(disk);
  try {
    const { tree, digestMismatches } = await recoverTree(storage);
    const expected = digestAfter(zxids.filter((zxid) => zxid <= tree.lastZxid));
    if (tree.digest !== expected || digestMismatches > 0) {
      throw new Error(`the tree at ${tree.lastZxid} is not that of its transactions, of ${disk.describe()}`);
    }
    return tree.lastZxid;
  } finally {
    await storage.close();
  }
}
