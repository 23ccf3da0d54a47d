import { OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { DataTree } from "../data-tree.js";
import type { Txn, TxnRecord, TxnResult, ZnodeDigests } from "../txn.js";
import { PendingTree } from "./pending-tree.js";

describe("a pending tree", () => {
  const made = { data: null, acl: OPEN_ACL_UNSAFE, ephemeral: true, parentCVersion: 1 };

  /** Adds transactions of session 5 with the zxids 1, 2, … */
  class Pending {
    readonly tree = new DataTree();
    readonly pending = new PendingTree(this.tree);
    readonly records: TxnRecord[] = [];

    add(txn: Txn, pending = this.pending): TxnRecord["digest"] {
      const header = { clientId: 5n, cxid: 1, zxid: BigInt(this.records.length + 1), time: 1, type: txn.type };
      const digest = pending.add(header, txn);
      this.records.push({ header, txn, digest });
      return digest;
    }

    applyAll(): void {
      for (const record of this.records.splice(0)) this.pending.applyTo(this.tree, record);
    }
  }

  it("has digests of the znodes of a create and of a setData, and none of a multi", () => {
    const scenario = new Pending();
    const { pending } = scenario;
    const created = scenario.add({ type: OpCode.create, path: "/a", ...made });
    expect(created?.znodes).toEqual({
      contentCrc: expect.any(Number),
      crc: expect.any(Number),
      parentCrc: expect.any(Number),
    });
    const set: Txn = { type: OpCode.setData, path: "/a", data: null, version: 1 };
    expect(scenario.add(set)?.znodes).toBeDefined();
    expect(scenario.add({ type: OpCode.multi, txns: [set] })?.znodes).toBeUndefined();
    expect(scenario.add({ type: OpCode.delete, path: "/a" })?.znodes).toBeUndefined();
    expect(pending.get("/a")).toBeNull();
    expect(pending.get("/never")).toBeNull();
    expect(scenario.add({ type: OpCode.error, err: -101 })).toBeUndefined();
  });

  it("reuses the digests of the transactions that are pending, and of no others", () => {
    const tree = new DataTree();
    const pending = new PendingTree(tree);
    const reused: boolean[] = [];
    const applied = {
      apply(record: TxnRecord, digests?: ZnodeDigests): TxnResult {
        reused.push(digests !== undefined);
        return tree.apply(record, digests);
      },
    };
    const add = (zxid: bigint): TxnRecord => {
      const header = { clientId: 5n, cxid: 1, zxid, time: 1, type: OpCode.setData };
      const txn: Txn = { type: OpCode.setData, path: "/", data: null, version: Number(zxid) };
      return { header, txn, digest: pending.add(header, txn) };
    };
    const [first, second, last] = [add(2n), add(3n), add(4n)];
    for (const each of [first, second, last, last]) pending.applyTo(applied, each);
    expect(reused.splice(0)).toEqual([true, true, true, false]);
    // Of another leader: before and after those that are pending, and while none is.
    for (const zxid of [1n, 9n]) {
      const record = add(5n);
      pending.applyTo(applied, { ...record, header: { ...record.header, zxid } });
    }
    pending.applyTo(applied, { ...first, header: { ...first.header, zxid: 4n } });
    expect(reused.splice(0)).toEqual([false, false, false]);
    const next = add(10n);
    pending.applyTo(applied, next);
    expect([reused, tree.digest]).toEqual([[true], next.digest?.treeDigest]);
  });

  it("drops all that is pending at a record of another leader, whatever its zxid is", () => {
    for (const zxid of [1n, 9n]) {
      const tree = new DataTree();
      const pending = new PendingTree(tree);
      const header = { clientId: 5n, cxid: 1, zxid: 5n, time: 1, type: OpCode.create };
      pending.add(header, { type: OpCode.create, path: "/a", ...made });
      expect(pending.get("/a")).not.toBeNull();
      pending.applyTo(tree, { header: { ...header, zxid }, txn: { type: OpCode.error, err: -101 } });
      expect([pending.get("/a"), pending.ephemeralsOf(5n)]).toEqual([null, []]);
    }
  });

  it("changes nothing by transactions of znodes that do not exist", () => {
    const scenario = new Pending();
    const before = scenario.tree.digest;
    const txns: Txn[] = [
      { type: OpCode.create, path: "/never/a", ...made },
      { type: OpCode.delete, path: "/never/a" },
      { type: OpCode.setData, path: "/never", data: null, version: 1 },
      { type: OpCode.setACL, path: "/never", acl: OPEN_ACL_UNSAFE, version: 1 },
    ];
    for (const txn of txns) expect(scenario.add(txn)?.treeDigest).toBe(before);
    expect([scenario.pending.get("/never"), scenario.pending.get("/never/a")]).toEqual([null, null]);
  });

  it("deletes all that a closeSession lists, as the tree does", () => {
    const scenario = new Pending();
    scenario.add({ type: OpCode.create, path: "/a", ...made, ephemeral: false });
    const digest = scenario.add({ type: OpCode.closeSession, paths: ["/a"] });
    expect(scenario.pending.get("/a")).toBeNull();
    scenario.applyAll();
    expect([scenario.tree.get("/a"), scenario.tree.digest]).toEqual([undefined, digest?.treeDigest]);
  });

  it("raises the counter of children only, as the tree does, although sequence numbers begin again", () => {
    const scenario = new Pending();
    const counters = [5, 5, -0x8000_0000];
    for (const [index, parentCVersion] of counters.entries()) {
      const digest = scenario.add({ type: OpCode.create, path: `/${index}`, ...made, parentCVersion });
      expect(scenario.pending.get("/")).toMatchObject({ nextSequence: parentCVersion });
      scenario.applyAll();
      expect(scenario.tree.digest).toBe(digest?.treeDigest);
    }
  });

  it("shows the znode of the tree once its change is applied, although later ones are pending", () => {
    const { tree, pending } = new Pending();
    const add = (zxid: bigint, path: string): TxnRecord => {
      const header = { clientId: 5n, cxid: 1, zxid, time: 1, type: OpCode.create };
      const txn: Txn = { type: OpCode.create, path, ...made };
      return { header, txn, digest: pending.add(header, txn) };
    };
    const [first, second] = [add(1n, "/a"), add(2n, "/b")];
    pending.applyTo(tree, first);
    add(3n, "/c");
    pending.applyTo(tree, second);
    tree.get("/a")!.setAcl(OPEN_ACL_UNSAFE, 7);
    expect(pending.get("/a")).toMatchObject({ aversion: 7 });
    expect(pending.get("/c")).toMatchObject({ ephemeralOwner: 5n });
  });

  it("closes a session whose list has an ephemeral that an earlier transaction deletes", () => {
    const scenario = new Pending();
    const { pending, tree } = scenario;
    for (const path of ["/a", "/b"]) scenario.add({ type: OpCode.create, path, ...made });
    scenario.add({ type: OpCode.delete, path: "/a" });
    const digest = scenario.add({ type: OpCode.closeSession, paths: ["/a"] });
    expect([pending.get("/a"), pending.get("/b"), pending.ephemeralsOf(5n)]).toEqual([null, null, []]);
    scenario.applyAll();
    expect(tree.digest).toBe(digest?.treeDigest);
  });

  it("closes a session without a list of its ephemerals", () => {
    const scenario = new Pending();
    scenario.add({ type: OpCode.create, path: "/a", ...made });
    scenario.add({ type: OpCode.closeSession, paths: null });
    expect(scenario.pending.get("/a")).toBeNull();
    expect(scenario.pending.ephemeralsOf(5n)).toEqual([]);
  });

  it("counts the creates of children that old logs do not number", () => {
    const scenario = new Pending();
    for (const path of ["/a", "/b"]) scenario.add({ type: OpCode.create, path, ...made, parentCVersion: -1 });
    expect(scenario.pending.get("/")).toMatchObject({ nextSequence: 2, childCount: 3 });
  });

  it("changes nothing for a multi with an error", () => {
    const scenario = new Pending();
    const before = scenario.tree.digest;
    const txns: Txn[] = [
      { type: OpCode.create, path: "/a", ...made },
      { type: OpCode.error, err: -101 },
    ];
    expect(scenario.add({ type: OpCode.multi, txns })?.treeDigest).toBe(before);
    expect(scenario.pending.get("/a")).toBeNull();
  });

  it("has forks that see its changes, and whose changes it does not see", () => {
    const scenario = new Pending();
    const { pending } = scenario;
    scenario.add({ type: OpCode.create, path: "/a", ...made });
    const fork = pending.fork();
    expect(fork.ephemeralsOf(5n)).toEqual(["/a"]);
    expect(scenario.add({ type: OpCode.create, path: "/b", ...made }, fork)).toBeUndefined();
    expect(scenario.add({ type: OpCode.setData, path: "/b", data: null, version: 1 }, fork)).toBeUndefined();
    scenario.add({ type: OpCode.delete, path: "/a" }, fork);
    expect([fork.get("/a"), fork.ephemeralsOf(5n)]).toEqual([null, ["/b"]]);
    expect(fork.get("/b")).toMatchObject({ ephemeralOwner: 5n });
    expect(fork.get("/")).toMatchObject({ childCount: 2 });
    expect([pending.get("/b"), pending.ephemeralsOf(5n)]).toEqual([null, ["/a"]]);
    expect(pending.get("/")).toMatchObject({ childCount: 2 });
  });

  it("shows the znode of the tree once its changes are applied", () => {
    const scenario = new Pending();
    const { pending, tree } = scenario;
    scenario.add({ type: OpCode.create, path: "/a", ...made });
    scenario.applyAll();
    tree.get("/a")!.setAcl(OPEN_ACL_UNSAFE, 7);
    expect(pending.get("/a")).toMatchObject({ aversion: 7 });
  });
});
