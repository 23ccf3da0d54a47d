import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Acl, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataTree } from "../tree/data-tree.js";
import { systemFiles } from "./file-layer.js";
import { apacheFiles, apacheFolder } from "./golden/apache-files.js";
import { MISSING_ACL, readSnapshot } from "./snapshot-reader.js";
import type { SnapshotDigest, SnapshotNode, SnapshotSession, SnapshotSource } from "./snapshot-source.js";
import { snapshotChunks, writeSnapshot } from "./snapshot-writer.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-snapshot-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Read {
  readonly sessions: SnapshotSession[];
  readonly nodes: SnapshotNode[];
  readonly digest: SnapshotDigest | undefined;
}

async function read(path: string): Promise<Read> {
  const sessions: SnapshotSession[] = [];
  const nodes: SnapshotNode[] = [];
  const sink = {
    restoreSession: (session: SnapshotSession) => void sessions.push(session),
    restoreNode: (node: SnapshotNode) => void nodes.push(node),
  };
  return { digest: (await readSnapshot({ files: systemFiles, path }, sink)).digest, sessions, nodes };
}

const readOnly: readonly Acl[] = [{ permissions: 1, id: { scheme: "world", id: "anyone" } }];
const born = {
  czxid: 1n,
  mzxid: 1n,
  ctime: 1000,
  mtime: 1000,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 1n,
};
const node = (path: string, more: Partial<SnapshotNode> = {}): SnapshotNode => ({
  path,
  data: new Uint8Array(0),
  acl: null,
  stat: born,
  ...more,
});
const source = (nodes: Iterable<SnapshotNode>, more: Partial<SnapshotSource> = {}): SnapshotSource => ({
  lastZxid: 5n,
  sessions: [],
  acls: [],
  nodes,
  ...more,
});

describe("a snapshot of Apache ZooKeeper", () => {
  const byPath = (nodes: readonly SnapshotNode[]) => [...nodes].sort((a, b) => (a.path < b.path ? -1 : 1));
  const plain = (nodes: readonly SnapshotNode[]) =>
    byPath(nodes).map((each) => ({ ...each, acl: each.acl ?? OPEN_ACL_UNSAFE }));

  it.each(["snapshot.0", "snapshot.13", "snapshot.16.gz"])("reads as Java reads it: %s", async (name) => {
    const { sessions, nodes } = await read(join(apacheFolder, name));
    const expected = apacheFiles.snapshots[name]!;
    expect(sessions.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected.sessions);
    expect(plain(nodes)).toEqual(plain(expected.nodes));
  });

  it("carries the digest of its last transaction", async () => {
    const { digest } = await read(join(apacheFolder, "snapshot.13"));
    expect(digest?.version).toBe(2);
    expect(digest?.zxid).toBe(0x13n);
    // Failed requests change no digest, and carry none.
    const last = apacheFiles.transactions.findLast(
      ({ header, digest: each }) => header.zxid <= 0x13n && each !== undefined,
    );
    expect(digest?.digest).toBe(last?.digest?.treeDigest);
  });

  it("is written with the same bytes, and the section that Apache 3.9 adds", async () => {
    const apache = readFileSync(join(apacheFolder, "snapshot.0"));
    const { sessions, nodes } = await read(join(apacheFolder, "snapshot.0"));
    const acls = nodes.flatMap(({ acl }) => (acl === null ? [] : [acl]));
    const ours = readFileSync(await writeSnapshot(systemFiles, folder, { lastZxid: 0n, sessions, acls, nodes }));
    expect(ours.toString("hex", 0, apache.length)).toBe(apache.toString("hex"));
    expect(ours.length - apache.length).toBe(21);
  });
});

describe("a written snapshot", () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const int = fc.integer();
  const acl: fc.Arbitrary<readonly Acl[]> = fc.array(
    fc.record({ permissions: int, id: fc.record({ scheme: fc.string(), id: fc.string() }) }),
    { maxLength: 3 },
  );
  const nodes: fc.Arbitrary<SnapshotNode[]> = fc.array(
    fc.record({
      path: fc.string().map((name) => `/p${name}`),
      data: fc.option(fc.uint8Array()),
      acl: fc.option(acl),
      stat: fc.record({
        czxid: fc.bigInt({ min: 0n, max: 5n }),
        mzxid: long,
        ctime: fc.maxSafeInteger(),
        mtime: fc.maxSafeInteger(),
        version: int,
        cversion: int,
        aversion: int,
        ephemeralOwner: long,
        pzxid: long,
      }),
    }),
  );
  const sessions = fc.array(fc.record({ id: long, timeoutMs: int }));

  it("comes back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(nodes, sessions, fc.option(long, { nil: undefined }), async (tree, table, digest) => {
        const acls = tree.flatMap((each) => (each.acl === null ? [] : [each.acl]));
        const more = digest === undefined ? {} : { digest: () => ({ zxid: 6n, version: 2, digest }) };
        const path = await writeSnapshot(systemFiles, folder, source(tree, { acls, sessions: table, ...more }));
        const found = await read(path);
        expect(found.sessions).toEqual(table);
        expect(found.nodes.map((each) => ({ ...each, acl: each.acl ?? OPEN_ACL_UNSAFE }))).toEqual(
          tree.map((each) => ({ ...each, acl: each.acl ?? OPEN_ACL_UNSAFE })),
        );
        expect(found.digest).toEqual(digest === undefined ? undefined : { zxid: 6n, version: 2, digest });
      }),
      { numRuns: 50 },
    );
  });

  it("is the same from encoded nodes as from their values", () => {
    const tree = new DataTree();
    const names = ["a", "é€", "n".repeat(200)];
    for (const [index, data] of [
      null,
      new Uint8Array(0),
      new Uint8Array(100).fill(1),
      new Uint8Array(600).fill(2),
    ].entries()) {
      for (const name of names) {
        const header = { clientId: 1n, cxid: 0, zxid: BigInt(index + 1), time: 1000 + index, type: OpCode.create };
        const path = `/${name}${index}`;
        const acl = index === 1 ? [] : OPEN_ACL_UNSAFE;
        const txn = { type: OpCode.create, path, data, acl, ephemeral: index === 2, parentCVersion: -1 };
        tree.apply({ header, txn });
        tree.apply({ header, txn: { ...txn, path: `${path}/below` } });
      }
    }
    const kept = tree.snapshotSource();
    const said = function* (): Generator<SnapshotNode> {
      for (const { path, data, acl, stat } of kept.nodes) yield { path, data, acl, stat };
    };
    const bytesOf = (from: SnapshotSource) => Buffer.concat([...snapshotChunks(from)].map((each) => Buffer.from(each)));
    expect(bytesOf(tree.snapshotSource()).toString("hex")).toBe(bytesOf({ ...kept, nodes: said() }).toString("hex"));
  });

  it("comes back where nodes are larger than a chunk of the file", async () => {
    const large = node("/large", { data: new Uint8Array(5_000_000).fill(3) });
    const { nodes: found } = await read(
      await writeSnapshot(systemFiles, folder, source([node(""), large, node("/small")])),
    );
    expect(found).toEqual([node(""), large, node("/small")]);
  });

  it("leaves the event loop free", async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    count();
    const tree = Array.from({ length: 50_000 }, (_, index) => node(`/${index}`, { data: new Uint8Array(100) }));
    await writeSnapshot(systemFiles, folder, source(tree));
    isDone = true;
    expect(turns).toBeGreaterThan(20);
  });

  it("leaves out nodes that came after the snapshot began: replay creates them", async () => {
    const later = node("/later", { stat: { ...born, czxid: 6n } });
    const { nodes: found } = await read(await writeSnapshot(systemFiles, folder, source([node(""), later])));
    expect(found).toEqual([node("")]);
  });

  it("denies access to a node with an ACL set after the snapshot began, until replay sets it", async () => {
    const changed = node("/changed", { acl: readOnly });
    const { nodes: found } = await read(await writeSnapshot(systemFiles, folder, source([changed])));
    expect(found[0]!.acl).toBe(MISSING_ACL);
  });

  it("has its name only when it is whole", async () => {
    const broken = (function* () {
      yield node("");
      throw new Error("the tree is gone");
    })();
    await expect(writeSnapshot(systemFiles, folder, source(broken))).rejects.toThrow("the tree is gone");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a damaged snapshot", () => {
  const write = async (): Promise<Buffer> => {
    const more = {
      sessions: [{ id: 9n, timeoutMs: 5 }],
      acls: [readOnly],
      digest: () => ({ zxid: 5n, version: 2, digest: 1n }),
    };
    return readFileSync(
      await writeSnapshot(systemFiles, folder, source([node(""), node("/a", { acl: readOnly })], more)),
    );
  };

  it("is refused, whichever byte is wrong", async () => {
    const bytes = await write();
    const path = join(folder, "damaged");
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x81;
      writeFileSync(path, damaged);
      await expect(read(path), `byte ${at}`).rejects.toMatchObject({ code: "corrupt-snapshot", path });
    }
  });

  it("is refused wherever it is cut, but where an older version ends", async () => {
    const bytes = await write();
    const path = join(folder, "cut");
    const whole: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      await read(path).then(
        () => whole.push(length),
        (error) => expect(error).toMatchObject({ code: "corrupt-snapshot" }),
      );
    }
    // Without the last zxid (before 3.9), and without the digest (before 3.6).
    expect(whole).toEqual([bytes.length - 21 - 33, bytes.length - 21]);
  });

  it("is refused where the compressed file is damaged", async () => {
    const packed = gzipSync(await write());
    const path = join(folder, "packed");
    writeFileSync(path, packed);
    expect((await read(path)).nodes).toHaveLength(2);
    writeFileSync(path, packed.subarray(0, -10));
    await expect(read(path)).rejects.toMatchObject({ code: "corrupt-snapshot" });
    packed[packed.length >> 1]! ^= 1;
    writeFileSync(path, packed);
    await expect(read(path)).rejects.toMatchObject({ code: "corrupt-snapshot" });
  });
});

it("names the remedy for Snappy", async () => {
  const path = join(folder, "snapshot.5.snappy");
  writeFileSync(path, Buffer.from("\x82SNAPPY\0\0\0\0\x01\0\0\0\x01", "latin1"));
  await expect(read(path)).rejects.toThrow("snapshot.compression.method");
});
