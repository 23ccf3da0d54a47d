import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FileStorage } from "./file-storage.js";
import type { SnapshotNode, SnapshotSource } from "./snapshot-source.js";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "conclave-gzip-"));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

const nobody = { reset() {}, restoreSession() {}, restoreNode() {}, apply() {} };
const stat = {
  ...{ czxid: 0n, mzxid: 0n, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n, pzxid: 0n },
};
const root: SnapshotNode = { path: "", data: null, acl: null, stat };
const source = (nodes: Iterable<SnapshotNode>): SnapshotSource => ({ lastZxid: 0x1fn, sessions: [], acls: [], nodes });

it("a snapshot that is written compressed is read, whatever is written now", async () => {
  const storage = new FileStorage({ dataDir, preAllocBytes: 0, snapshotCompression: "gz" });
  await storage.recover(nobody);
  const nodes = Array.from({ length: 5000 }, (_, index) => ({ ...root, path: `/n${index}`, data: Buffer.alloc(100) }));
  const { path } = await storage.snapshot(source([root, ...nodes]));
  expect(path).toBe(join(dataDir, "version-2/snapshot.1f.gz"));
  expect(readFileSync(path).length).toBeLessThan(100_000);
  await storage.close();
  const again = new FileStorage({ dataDir, preAllocBytes: 0 });
  const found: string[] = [];
  const recovered = await again.recover({ ...nobody, restoreNode: (node) => void found.push(node.path) });
  await again.close();
  expect(recovered.lastZxid).toBe(0x1fn);
  expect(found).toEqual(["", ...nodes.map((node) => node.path)]);
});

it("nothing is left of a compressed snapshot that cannot be written", async () => {
  const storage = new FileStorage({ dataDir, preAllocBytes: 0, snapshotCompression: "gz" });
  await storage.recover(nobody);
  const nodes = (function* () {
    yield root;
    throw new Error("no more");
  })();
  await expect(storage.snapshot(source(nodes))).rejects.toThrow("no more");
  expect(readdirSync(join(dataDir, "version-2"))).toEqual(["lock.1"]);
  await storage.close();
});
