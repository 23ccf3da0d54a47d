import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { append, record, root, StorageFolder, snapshotAt, zxids } from "../../test-support/storage/storage-folder.js";
import { apacheFolder } from "./golden/apache-files.js";
import { snapshotChunks } from "./snapshot-writer.js";

let folder: StorageFolder;
beforeEach(() => {
  folder = new StorageFolder();
});
afterEach(() => folder.close());

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
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 5n);
    await storage.snapshot(snapshotAt(5n));
    await append(storage, 6n, 7n);
    expect(await storage.installSnapshot(inPieces(packed(other(zxid))))).toBe(zxid);
    expect(() => storage.append(record(8n))).toThrow("replaced or truncated");
    await storage.close();
    const second = await folder.start();
    expect(second.recovered.lastZxid).toBe(zxid);
    expect(second.kept.nodes.map(({ path }) => path)).toEqual(["", "/other"]);
    expect(folder.files()).toEqual([`snapshot.${zxid.toString(16)}`]);
    await append(second.storage, zxid + 1n, zxid + 2n);
    expect(zxids((await folder.start()).kept)).toEqual([zxid + 1n, zxid + 2n]);
  });

  it("of something damaged changes nothing", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    await append(storage, 1n, 2n);
    const bytes = other(9n);
    const before = folder.files();
    await expect(storage.installSnapshot(inPieces(bytes.subarray(0, -1)))).rejects.toMatchObject({
      code: "corrupt-snapshot",
    });
    expect(folder.files()).toEqual(before);
    await append(storage, 3n, 4n);
    expect(zxids((await folder.start()).kept)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("of a snapshot without a zxid is refused, with the remedy", async () => {
    const { storage } = await folder.start();
    await storage.snapshot(snapshotAt(0n));
    const apache = readFileSync(join(apacheFolder, "snapshot.13"));
    await expect(storage.installSnapshot(inPieces(apache))).rejects.toThrow("under its own name");
    expect(folder.files()).toEqual(["snapshot.0"]);
  });
});
