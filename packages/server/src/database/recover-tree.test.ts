import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateMode,
  create,
  createContainer,
  createTTL,
  deleteNode,
  ErrorCode,
  type MultiOperation,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  setACL,
  setData,
} from "@conclave/protocol";
import { type Logger, silentLogger } from "@conclave/runtime";
import { type ApacheStandalone, fourLetterWord, startApacheStandalone } from "@conclave/services";
import { type Apache, itOnApache } from "@conclave/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import type { ServerOptions } from "../options/server-options.js";
import { startServer } from "../server.js";
import { systemFiles } from "../storage/file-layer.js";
import { FileStorage } from "../storage/file-storage.js";
import { apacheFolder } from "../storage/golden/apache-files.js";
import { readLogs } from "../storage/log-reader.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { TxnRecord } from "../tree/txn.js";
import { recoverTree } from "./recover-tree.js";

let dataDir: string;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "conclave-recover-"));
});
afterEach(async () => {
  await storage?.close();
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dataDir, { recursive: true, force: true });
});

let storage: FileStorage | undefined;

/** By a storage of its own: the one before gives the folder back. */
async function recovered(logger: Logger = silentLogger) {
  await storage?.close();
  storage = new FileStorage({ dataDir, preAllocBytes: 4096, logger });
  return { storage, ...(await recoverTree(storage)) };
}

const laterSnapshots = (): string[] =>
  readdirSync(join(dataDir, "version-2")).filter((name) => /^snapshot\.[1-9a-f]/.test(name));

async function records(): Promise<TxnRecord[]> {
  const found: TxnRecord[] = [];
  const options = { fromZxid: 1n, onTornTail: () => {}, onRepeated: () => {} };
  for await (const batch of readLogs(systemFiles, join(dataDir, "version-2"), options)) found.push(...batch);
  return found;
}

const node = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  path,
  data: Buffer.from(`data of ${path}`),
  acl: OPEN_ACL_UNSAFE,
  flags,
});

/** Every kind of write, many at a time, on a server of either kind; `name` sets it apart from other calls. */
async function write(port: number, name: string): Promise<void> {
  const root = `/${name}é`;
  const staying = new Wire(port);
  const leaving = new Wire(port);
  for (const wire of [staying, leaving]) await wire.connect({ timeoutMs: 60_000 });
  await staying.call(create, node(root));
  for (let i = 0; i < 150; i++) {
    staying.send(create, node(`${root}/s-`, CreateMode.PERSISTENT_SEQUENTIAL));
    leaving.send(create, node(`${root}/e-`, CreateMode.EPHEMERAL_SEQUENTIAL));
    leaving.send(create, { ...node(`${root}/null-${i}`), data: null });
    staying.send(setData, { path: root, data: Buffer.from(`${i}`), version: -1 });
    leaving.send(deleteNode, { path: `${root}/null-${i}`, version: -1 });
    staying.send(setACL, { path: root, acl: OPEN_ACL_UNSAFE, version: -1 });
    staying.send(deleteNode, { path: `${root}/missing`, version: -1 });
    const operations: MultiOperation[] = [
      { type: OpCode.create, ...node(`${root}/m-${i}`) },
      { type: OpCode.setData, path: `${root}/m-${i}`, data: null, version: 0 },
      { type: OpCode.create, ...node(`${root}/m-${i}/x`) },
      { type: OpCode.delete, path: `${root}/m-${i}/x`, version: -1 },
    ];
    const failing: MultiOperation[] = [...operations.slice(1), { type: OpCode.check, path: "/missing", version: 0 }];
    staying.send(multi, operations);
    staying.send(multi, failing);
    if (i % 10 === 0) leaving.send(createContainer, node(`${root}/c-${i}`, CreateMode.CONTAINER));
    const ttl = { ...node(`${root}/t-${i}`, CreateMode.PERSISTENT_WITH_TTL), ttl: 100_000_000n };
    if (i % 10 === 1) leaving.send(createTTL, ttl);
  }
  const last = 99;
  staying.send(setData, { path: "/", data: Buffer.from(name), version: -1 }, last);
  let reply = await staying.reply();
  while (reply.xid !== last) reply = await staying.reply();
  expect(reply.err).toBe(ErrorCode.OK);
  leaving.raw(Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xf5)); // closeSession
  await leaving.closed;
  staying.destroy();
}

async function startJava(apache: Apache): Promise<ApacheStandalone> {
  const java = await startApacheStandalone({
    apache,
    dataDir,
    config: { snapCount: 150, extendedTypesEnabled: "true", "4lw.commands.whitelist": "*" },
  });
  closers.push(() => java.close());
  return java;
}

async function mismatchesOfJava(java: ApacheStandalone): Promise<number> {
  const answer = await fourLetterWord({ port: java.clientPort, word: "mntr" });
  return Number(/zk_digest_mismatches_count\t(\d+)/.exec(answer)![1]);
}

async function writeOurs(name: string, options: ServerOptions = {}): Promise<void> {
  const settings = { dataDir, snapCount: 150, preAllocBytes: 4096, extendedTypesEnabled: true };
  const server = await startServer({ ...settings, ...options });
  closers.push(() => server.close());
  await write(server.port, name);
  await server.close();
}

describe("digests", () => {
  it("of the files that Apache wrote are those of the tree", async () => {
    cpSync(apacheFolder, join(dataDir, "version-2"), { recursive: true });
    expect((await records()).filter(({ digest }) => digest !== undefined).length).toBeGreaterThan(5);
    expect((await recovered()).digestMismatches).toBe(0);
    for (const newer of ["snapshot.16.gz", "snapshot.13"]) rmSync(join(dataDir, "version-2", newer));
    expect((await recovered()).digestMismatches).toBe(0);
  });

  it("are written with each transaction but errors, and found again", async () => {
    await writeOurs("a");
    await writeOurs("b");
    const logged = await records();
    expect(logged.length).toBeGreaterThan(1000);
    for (const { header, digest } of logged) expect(digest === undefined).toBe(header.type === OpCode.error);
    const { digestMismatches, tree } = await recovered();
    expect(digestMismatches).toBe(0);
    expect(tree.digest).toBe(logged.at(-1)!.digest!.treeDigest);
  });

  it("that differ are logged once, with the transaction, and counted; the data are served", async () => {
    const { storage, tree } = await recovered();
    const pending = new PendingTree(tree);
    for (let zxid = 1n; zxid <= 3n; zxid++) {
      const header = { clientId: 7n, cxid: 1, zxid, time: 1, type: OpCode.setData };
      const txn = { type: OpCode.setData, path: "/", data: Buffer.of(1), version: Number(zxid) };
      const digest = zxid === 1n ? pending.add(header, txn) : { version: 2, treeDigest: 77n };
      storage.append({ header, txn, digest });
    }
    await storage.flush();
    const warnings: unknown[] = [];
    const again = await recovered({
      ...silentLogger,
      warn: (message, fields) => void warnings.push({ message, fields }),
    });
    expect(again.digestMismatches).toBe(2);
    expect(again.tree.lastZxid).toBe(3n);
    expect(warnings).toEqual([
      {
        message: expect.stringContaining("the digest on record differs from that of the data"),
        fields: { zxid: "0x2", expected: "0x4d", actual: expect.stringMatching(/^0x[0-9a-f]+$/) },
      },
    ]);
  });

  it("are left out where they are switched off, and not looked at", async () => {
    storage = new FileStorage({ dataDir, preAllocBytes: 0, digestEnabled: false });
    const { tree } = await recoverTree(storage);
    const header = { clientId: 7n, cxid: 1, zxid: 1n, time: 1, type: OpCode.setData };
    storage.append({ header, txn: { type: OpCode.setData, path: "/", data: null, version: 1 } });
    await storage.flush();
    expect(tree.digest).toBeUndefined();
    expect((await records())[0]!.digest).toBeUndefined();
    expect((await recovered()).digestMismatches).toBe(0);
  });

  itOnApache(
    "of ours are found right by Apache, and Apache's by us, again and again on the same folder",
    async (apache) => {
      await writeOurs("ours1");
      const java = await startJava(apache);
      expect(await mismatchesOfJava(java)).toBe(0);
      await write(java.clientPort, "java1");
      expect(await mismatchesOfJava(java)).toBe(0);
      await java.kill();
      const { digestMismatches, replayed } = await recovered();
      expect(replayed).toBeGreaterThan(0);
      expect(digestMismatches).toBe(0);
      await storage?.close();
      await writeOurs("ours2");
      await java.restart();
      expect(await mismatchesOfJava(java)).toBe(0);
      await java.kill();
      // The whole of both histories, from the first snapshot on.
      const logged = await records();
      const digests = logged.filter(({ digest }) => digest !== undefined);
      expect(digests.length).toBeGreaterThan(logged.length / 2);
      for (const name of laterSnapshots()) rmSync(join(dataDir, "version-2", name));
      const whole = await recovered();
      expect(whole.replayed).toBe(logged.length);
      expect(whole.digestMismatches).toBe(0);
    },
  );

  itOnApache("of snapshots that we compressed are found right by Apache", async (apache) => {
    const version2 = join(dataDir, "version-2");
    const snapshots = () => readdirSync(version2).filter((name) => name.startsWith("snapshot."));
    // A snapshot that is due while another one is being written is skipped, so their number depends on the machine.
    for (let round = 1; round === 1 || snapshots().length < 3; round++) {
      await writeOurs(`gz${round}`, { snapshotCompression: "gz" });
    }
    expect(snapshots().filter((name) => !name.endsWith(".gz"))).toEqual([]);
    // The history cannot be had from logs alone.
    rmSync(join(version2, "log.1"));
    rmSync(join(version2, "snapshot.0.gz"));
    expect((await recovered()).digestMismatches).toBe(0);
    expect(await mismatchesOfJava(await startJava(apache))).toBe(0);
  });

  itOnApache("of ours that are wrong would have been found by Apache", async (apache) => {
    const { storage } = await recovered();
    const header = { clientId: 7n, cxid: 1, zxid: 1n, time: 1, type: OpCode.setData };
    const txn = { type: OpCode.setData, path: "/", data: Buffer.of(1), version: 1 };
    storage.append({ header, txn, digest: { version: 2, treeDigest: 77n } });
    await storage.close();
    expect(await mismatchesOfJava(await startJava(apache))).toBe(1);
  });
});
