import { crc32 } from "node:zlib";
import { JuteWriter, OPEN_ACL_UNSAFE, OpCode, parentPath } from "@conclave/protocol";
import { type Random, randomInt, seededRandom } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import { DataTree } from "../data-tree.js";
import type { Txn, TxnHeader, TxnRecord } from "../txn.js";
import { PendingTree } from "./pending-tree.js";
import type { ZnodeView } from "./pending-znode.js";

const SEEDS = { count: 6 };

/** Computes the digest from the znodes alone, by the definition of DigestCalculator and AdHash. */
function reckon(tree: DataTree): bigint {
  let sum = 0n;
  for (const { path, data, stat } of tree.snapshotSource().nodes) {
    if (path.startsWith("/zookeeper/")) continue;
    const out = new JuteWriter();
    out.writeRaw(Buffer.from(path));
    out.writeRaw(data ?? new Uint8Array(0));
    for (const zxid of [stat.czxid, stat.mzxid, stat.pzxid]) out.writeLong(zxid);
    for (const time of [stat.ctime, stat.mtime]) out.writeMillis(time);
    for (const version of [stat.version, stat.cversion, stat.aversion]) out.writeInt(version);
    out.writeLong(stat.ephemeralOwner);
    sum += BigInt(crc32(out.take()));
  }
  return BigInt.asIntN(64, sum);
}

/** Sessions of a server with the id 129; these ids are negative. */
const SESSIONS = [1n, 2n, 3n].map((each) => each - 0x7f00_0000_0000_0000n);

/** Random valid transactions: each changes znodes that exist after all transactions before it. */
class Proposals {
  readonly #random: Random;
  /** Number of children and owner of each znode after all transactions so far. */
  readonly #nodes = new Map<string, { children: number; owner: bigint }>([["/", { children: 1, owner: 0n }]]);
  #zxid = 0x1_0000_0000n;
  #serial = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): { header: TxnHeader; txn: Txn } {
    this.#zxid++;
    const clientId = SESSIONS[randomInt(this.#random, SESSIONS.length)]!;
    const txn = this.#txn(clientId, randomInt(this.#random, 10));
    const header = { clientId, cxid: 1, zxid: this.#zxid, time: 1_700_000_000_000 + this.#serial, type: txn.type };
    return { header, txn };
  }

  #txn(clientId: bigint, kind: number): Txn {
    if (kind === 0) return this.#close(clientId);
    if (kind === 1) {
      const txns = Array.from({ length: randomInt(this.#random, 5) }, () => this.#simple(clientId));
      return { type: OpCode.multi, txns };
    }
    if (kind === 2) {
      const never = this.#path("/") as string;
      const txns: Txn[] = [{ type: OpCode.setData, path: never, data: null, version: 1 }];
      return { type: OpCode.multi, txns: [...txns, { type: OpCode.error, err: -101 }] };
    }
    if (kind === 3) return { type: OpCode.error, err: -101 };
    return this.#simple(clientId);
  }

  #simple(clientId: bigint): Txn {
    const path = [...this.#nodes.keys()][randomInt(this.#random, this.#nodes.size)]!;
    const node = this.#nodes.get(path)!;
    switch (randomInt(this.#random, 5)) {
      case 0:
        return { type: OpCode.setData, path, data: this.#data(), version: ++this.#serial };
      case 1:
        return { type: OpCode.setACL, path, acl: OPEN_ACL_UNSAFE, version: ++this.#serial };
      case 2:
        if (path === "/" || node.children > 0) return { type: OpCode.check, path, version: -1 };
        this.#remove(path);
        return { type: OpCode.delete, path };
      default:
        return node.owner === 0n ? this.#create(clientId, path) : { type: OpCode.check, path, version: -1 };
    }
  }

  #create(clientId: bigint, parent: string): Txn {
    // Few names, so that a deleted znode is created again while its deletion is pending.
    const path = this.#path(parent);
    if (this.#nodes.has(path)) return { type: OpCode.check, path, version: -1 };
    const ephemeral = randomInt(this.#random, 2) === 0;
    this.#nodes.set(path, { children: 0, owner: ephemeral ? clientId : 0n });
    this.#nodes.get(parent)!.children++;
    const base = { path, data: this.#data(), acl: OPEN_ACL_UNSAFE, parentCVersion: ++this.#serial };
    if (ephemeral) return { type: OpCode.create2, ...base, ephemeral };
    const kinds: Txn[] = [
      { type: OpCode.create, ...base, ephemeral },
      { type: OpCode.createContainer, ...base },
      { type: OpCode.createTTL, ...base, ttl: 5n },
    ];
    return kinds[randomInt(this.#random, kinds.length)]!;
  }

  #close(clientId: bigint): Txn {
    const paths = [...this.#nodes].filter(([, { owner }]) => owner === clientId).map(([path]) => path);
    for (const path of paths) this.#remove(path);
    return { type: OpCode.closeSession, paths };
  }

  #remove(path: string): void {
    this.#nodes.delete(path);
    this.#nodes.get(parentPath(path))!.children--;
  }

  #path(parent: string): string {
    return `${parent === "/" ? "" : parent}/é${randomInt(this.#random, 4)}`;
  }

  #data(): Uint8Array | null {
    return randomInt(this.#random, 4) === 0 ? null : new Uint8Array(randomInt(this.#random, 30)).fill(++this.#serial);
  }
}

/** Returns the attributes of a znode that validation reads. */
function seen(node: ZnodeView | null): unknown {
  if (node === null) return null;
  const { acl, version, nextSequence, aversion, ephemeralOwner, childCount, dataLength } = node;
  return { acl, version, nextSequence, aversion, ephemeralOwner, childCount, dataLength };
}

describe("the digest of a tree", () => {
  it("equals the sum over its znodes after each transaction", async () => {
    await forEachSeed((random) => {
      const tree = new DataTree();
      const proposals = new Proposals(random);
      expect(tree.digest).toBe(reckon(tree));
      for (let i = 0; i < 60; i++) {
        tree.apply(proposals.next());
        expect(tree.digest).toBe(reckon(tree));
      }
    }, SEEDS);
  });

  it("is known when a transaction is proposed, however many are pending", async () => {
    await forEachSeed((random) => {
      const tree = new DataTree();
      const pending = new PendingTree(tree);
      const proposals = new Proposals(random);
      const outstanding: TxnRecord[] = [];
      for (let i = 0; i < 200; i++) {
        const { header, txn } = proposals.next();
        outstanding.push({ header, txn, digest: pending.add(header, txn) });
        // On average one is applied for each that is proposed, so some are always pending.
        for (let count = randomInt(random, 3); count > 0; count--) {
          const next = outstanding.shift();
          if (next === undefined) break;
          pending.applyTo(tree, next);
          if (next.digest !== undefined) expect(tree.digest).toBe(next.digest.treeDigest);
          expect(tree.digest).toBe(reckon(tree));
        }
      }
    }, SEEDS);
  });

  it("and all attributes of pending znodes are those that the tree will have", async () => {
    await forEachSeed((random) => {
      const [tree, later] = [new DataTree(), new DataTree()];
      const pending = new PendingTree(tree);
      const proposals = new Proposals(random);
      const outstanding: { header: TxnHeader; txn: Txn }[] = [];
      const paths = new Set<string>(["/"]);
      for (let i = 0; i < 80; i++) {
        const next = proposals.next();
        pending.add(next.header, next.txn);
        later.apply(next);
        outstanding.push(next);
        for (const { path } of later.snapshotSource().nodes) paths.add(path || "/");
        for (const path of paths) expect(seen(pending.get(path)), path).toEqual(seen(later.get(path) ?? null));
        for (const id of SESSIONS) {
          expect(pending.ephemeralsOf(id).sort()).toEqual([...later.ephemeralsOf(id)].sort());
        }
        for (let count = randomInt(random, 3); count > 0 && outstanding.length > 0; count--) {
          pending.applyTo(tree, outstanding.shift()!);
        }
      }
    }, SEEDS);
  });

  it("follows the applied transactions if other ones were pending", async () => {
    await forEachSeed((random) => {
      const tree = new DataTree();
      const pending = new PendingTree(tree);
      const proposals = new Proposals(random);
      for (let round = 0; round < 20; round++) {
        const batch = Array.from({ length: 10 }, () => {
          const { header, txn } = proposals.next();
          return { header, txn, digest: pending.add(header, txn) };
        });
        const kept = randomInt(random, 10);
        for (const each of batch.slice(0, kept)) pending.applyTo(tree, each);
        // The same changes by another leader.
        for (const { header, txn, digest } of batch.slice(kept)) {
          pending.applyTo(tree, { header: { ...header, zxid: header.zxid + 0x1_0000_0000n }, txn, digest });
        }
        expect(tree.digest).toBe(reckon(tree));
      }
    }, SEEDS);
  });

  it("is logged after each 128th transaction", () => {
    const tree = new DataTree();
    const proposals = new Proposals(seededRandom(1));
    const expected: unknown[] = [];
    const apply = (record: TxnRecord): void => {
      tree.apply(record);
      const { zxid } = record.header;
      if (zxid % 128n === 0n) expected.push({ zxid, digest: tree.digest });
    };
    // As many as the log holds, without the transactions in between.
    const idle = 1024n * 128n;
    const nothing = { clientId: 7n, cxid: 1, time: 1, type: OpCode.error };
    for (let zxid = 128n; zxid <= idle; zxid += 128n) {
      apply({ header: { ...nothing, zxid }, txn: { type: OpCode.error, err: -101 } });
    }
    for (let count = 0; count < 1000; count++) {
      const { header, txn } = proposals.next();
      apply({ header: { ...header, zxid: header.zxid + idle }, txn });
    }
    expect(tree.digestLog).toEqual(expected.slice(-1024));
  });

  it("is not computed when it is switched off", () => {
    const tree = new DataTree({ digest: false });
    const pending = new PendingTree(tree);
    const { header, txn } = new Proposals(seededRandom(1)).next();
    expect(pending.add(header, txn)).toBeUndefined();
    tree.apply({ header, txn });
    expect(tree.digest).toBeUndefined();
    const txns: Txn[] = [
      { type: OpCode.create, path: "/a", data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 },
      { type: OpCode.setData, path: "/a", data: null, version: 1 },
      { type: OpCode.setACL, path: "/a", acl: OPEN_ACL_UNSAFE, version: 1 },
      { type: OpCode.delete, path: "/a" },
    ];
    for (const [index, each] of txns.entries()) {
      const record = { header: { ...header, zxid: 128n * BigInt(index + 1), type: each.type }, txn: each };
      expect(pending.add(record.header, each)).toBeUndefined();
      pending.applyTo(tree, record);
    }
    expect(tree.snapshotSource().digest).toBeUndefined();
    expect(tree.digestLog).toEqual([]);
  });
});
