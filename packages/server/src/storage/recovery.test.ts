import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Acl, OpCode } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  append,
  record,
  root,
  StorageFolder,
  snapshotAt,
  stat,
  zxids,
} from "../../test-support/storage/storage-folder.js";
import type { Txn } from "../tree/txn.js";
import { apacheFiles, apacheFolder } from "./golden/apache-files.js";
import { MISSING_ACL } from "./snapshot-reader.js";

let folder: StorageFolder;
beforeEach(() => {
  folder = new StorageFolder();
});
afterEach(() => folder.close());

describe("recovery", () => {
  it("returns flushed records after a stop without a close", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n, { sessions: [{ id: 3n, timeoutMs: 4000 }] }));
    await append(storage, 1n, 300n);
    const { kept, recovered } = await folder.start();
    expect(recovered).toEqual({ snapshotZxid: 0n, lastZxid: 300n, fresh: false, digestMismatches: 0 });
    expect(kept.sessions).toEqual([{ id: 3n, timeoutMs: 4000 }]);
    expect(kept.nodes).toEqual([root]);
    expect(zxids(kept)).toEqual(Array.from({ length: 300 }, (_, index) => BigInt(index + 1)));
  });

  it("begins at the newest snapshot, and replays all later records from any files", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 10n);
    await storage.snapshot(snapshotAt(8n));
    await append(storage, 11n, 12n);
    const { kept, recovered } = await folder.start();
    expect(zxids(kept)).toEqual([9n, 10n, 11n, 12n]);
    expect(recovered.lastZxid).toBe(12n);
    expect(folder.files()).toEqual(["log.1", "log.b", "snapshot.0", "snapshot.8"]);
  });

  it("falls back to the snapshot before, where the newest is damaged", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 4n);
    await storage.snapshot(snapshotAt(4n));
    const newest = join(folder.dataDir, "version-2/snapshot.4");
    writeFileSync(newest, readFileSync(newest).subarray(0, -3));
    const warnings: string[] = [];
    const logger: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message), error() {} };
    const { kept } = await folder.start({ logger });
    expect(zxids(kept)).toEqual([1n, 2n, 3n, 4n]);
    expect(kept.nodes).toEqual([root]);
    expect(warnings).toEqual([expect.stringContaining(`${newest} is damaged`)]);
  });

  it("is refused if the log of that snapshot is missing", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 4n);
    await storage.snapshot(snapshotAt(4n));
    await append(storage, 5n, 6n);
    writeFileSync(join(folder.dataDir, "version-2/snapshot.4"), "broken");
    rmSync(join(folder.dataDir, "version-2/log.1"));
    await expect(folder.start()).rejects.toMatchObject({ code: "gap" });
  });

  it("is refused where no snapshot can be read", async () => {
    mkdirSync(join(folder.dataDir, "version-2"));
    writeFileSync(join(folder.dataDir, "version-2/snapshot.0"), "broken");
    await expect(folder.start()).rejects.toThrow(
      /The only snapshot in .* is unreadable: .*snapshot\.0 is damaged at byte 0/,
    );
  });

  it("is refused where there is a log without a snapshot, unless that is trusted", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    rmSync(join(folder.dataDir, "version-2/snapshot.0"));
    await expect(folder.start()).rejects.toMatchObject({
      code: "no-snapshot",
      message: expect.stringContaining("snapshot.trust.empty"),
    });
    expect(zxids((await folder.start({ trustEmptySnapshot: true })).kept)).toEqual([1n, 2n]);
  });

  it("continues with a new log file, even after a torn tail", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 3n);
    const log = join(folder.dataDir, "version-2/log.1");
    writeFileSync(log, readFileSync(log).subarray(0, 16 + 2 * 49 + 20));
    const second = await folder.start();
    expect(second.recovered.lastZxid).toBe(2n);
    await append(second.storage, 3n, 4n);
    expect(folder.files()).toEqual(["log.1", "log.3", "snapshot.0"]);
    expect(zxids((await folder.start()).kept)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("removes unfinished files of a killed process, and nothing else", async () => {
    mkdirSync(join(folder.dataDir, "version-2"));
    const names = ["acceptedEpoch", "currentEpoch", "unfinished-log.5", "unfinished-snapshot.2f"];
    for (const name of names) writeFileSync(join(folder.dataDir, "version-2", name), "1");
    await folder.start();
    expect(folder.files()).toEqual(["acceptedEpoch", "currentEpoch"]);
  });

  it("reads the folder of an Apache ZooKeeper", async () => {
    mkdirSync(join(folder.dataDir, "version-2"));
    for (const name of readdirSync(apacheFolder))
      copyFileSync(join(apacheFolder, name), join(folder.dataDir, "version-2", name));
    const { kept, recovered } = await folder.start();
    expect(recovered.lastZxid).toBe(0x17n);
    expect(kept.records).toEqual(apacheFiles.transactions.slice(-1));
    expect(kept.nodes.map(({ path }) => path).sort()).toEqual(
      apacheFiles.snapshots["snapshot.16.gz"]!.nodes.map(({ path }) => path).sort(),
    );
    rmSync(join(folder.dataDir, "version-2/snapshot.16.gz"));
    rmSync(join(folder.dataDir, "version-2/snapshot.13"));
    expect((await folder.start()).kept.records).toEqual(apacheFiles.transactions);
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
    const { storage } = await folder.start();
    const changed = { ...root, path: "/changed", acl: secret };
    await storage.snapshot(snapshotAt(0n, { nodes: [root, changed] }));
    const setAcl: Txn = { type: OpCode.setACL, path: "/changed", acl: secret, version: 1 };
    storage.append(record(1n, setAcl));
    await storage.flush();
    const { kept } = await folder.start();
    expect(kept.nodes[1]!.acl).toBe(MISSING_ACL);
    expect(kept.records).toEqual([record(1n, setAcl)]);
  });

  it("is given it once more where Apache's snapshot shows a node that the log creates only later", async () => {
    const { storage } = await folder.start();
    const shown = { ...root, path: "/shown", acl: secret, stat: { ...stat, czxid: 2n, aversion: 3 } };
    // As if the snapshot had begun at 2: then the node is in it.
    await storage.snapshot(snapshotAt(2n, { nodes: [root, shown] }));
    renameSync(join(folder.dataDir, "version-2/snapshot.2"), join(folder.dataDir, "version-2/snapshot.0"));
    const later = await folder.start();
    later.storage.append(record(1n));
    later.storage.append(record(2n, { type: OpCode.multi, txns: [create("/shown"), create("/other")] }));
    await later.storage.flush();
    const { records } = (await folder.start()).kept;
    expect(records.map(({ header }) => [header.zxid, header.type])).toEqual([
      [1n, OpCode.error],
      [2n, OpCode.multi],
      [2n, OpCode.setACL],
    ]);
    expect(records[2]!.txn).toEqual({ type: OpCode.setACL, path: "/shown", acl: secret, version: 3 });
  });
});
