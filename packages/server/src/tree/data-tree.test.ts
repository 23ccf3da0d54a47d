import { ErrorCode, EventType, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TreeHistory } from "../../test-support/tree/tree-history.js";
import { DataTree } from "./data-tree.js";
import { INITIAL_STAT } from "./initial-znodes.js";
import type { Txn } from "./txn.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function namesBelow(tree: DataTree, path: string): string[] {
  return tree
    .get(path)!
    .children()
    .map(({ name }) => name);
}

class Notes {
  readonly seen: string[] = [];
  readonly name: string;

  constructor(name = "") {
    this.name = name;
  }

  notify(type: number, path: string): void {
    this.seen.push(`${this.name}${type} ${path}`);
  }
}

describe("a data tree", () => {
  it("starts with the znodes that Apache's starts with", () => {
    const { tree } = new TreeHistory();
    expect(namesBelow(tree, "/")).toEqual(["zookeeper"]);
    expect(namesBelow(tree, "/zookeeper")).toEqual(["quota", "config"]);
    expect(tree.get("/")!.stat()).toMatchObject({ cversion: -1, numChildren: 1, czxid: 0n });
    expect(tree.get("/zookeeper/config")!.stat()).toMatchObject({ aversion: -1, numChildren: 0 });
  });

  it("keeps data of its own, whatever becomes of those in the transaction", () => {
    const { tree } = new TreeHistory();
    const header = { clientId: 7n, cxid: 0, zxid: 1n, time: 1, type: OpCode.create };
    for (const length of [3, 3_000]) {
      const data = new Uint8Array(length).fill(1);
      const txn = { type: OpCode.create, path: `/${length}`, data, acl: OPEN_ACL_UNSAFE, ephemeral: false } as const;
      tree.apply({ header, txn: { ...txn, parentCVersion: -1 } });
      tree.apply({ header, txn: { type: OpCode.setData, path: "/zookeeper", data, version: 1 } });
      data.fill(2);
      expect(tree.get(`/${length}`)!.data).toEqual(new Uint8Array(length).fill(1));
      expect(tree.get("/zookeeper")!.data).toEqual(new Uint8Array(length).fill(1));
    }
  });

  it("gives a new znode the zxid and time of its transaction", () => {
    const history = new TreeHistory();
    history.create("/a", { data: "x" });
    expect(history.tree.get("/a")!.stat()).toEqual({
      czxid: 1n,
      mzxid: 1n,
      pzxid: 1n,
      ctime: 1000,
      mtime: 1000,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 1,
      numChildren: 0,
    });
  });

  it("shows a cversion that counts the creates and the deletes of children", () => {
    const history = new TreeHistory();
    history.create("/a");
    history.create("/a/1");
    history.create("/a/2");
    history.delete("/a/1");
    expect(history.tree.get("/a")!.stat()).toMatchObject({ cversion: 3, numChildren: 1, pzxid: 4n });
  });

  it("deletes the ephemerals of a session that closes, those of its list and those it does not list", () => {
    const history = new TreeHistory();
    history.create("/mine", { ephemeral: true, clientId: 5n });
    history.create("/also-mine", { ephemeral: true, clientId: 5n });
    history.create("/other", { ephemeral: true, clientId: 6n });
    history.apply({ type: OpCode.closeSession, paths: ["/mine"] }, 5n);
    expect(namesBelow(history.tree, "/")).toEqual(["zookeeper", "other"]);
    expect([...history.tree.ephemeralsOf(5n)]).toEqual([]);
  });

  it("deletes what the list of a closing session holds, although another session owns it", () => {
    const history = new TreeHistory();
    history.create("/a", { ephemeral: true, clientId: 6n });
    history.apply({ type: OpCode.closeSession, paths: ["/a"] }, 5n);
    expect([history.tree.get("/a"), history.tree.ephemeralCount]).toEqual([undefined, 0]);
  });

  it("deletes what is below a deleted znode, which a fuzzy snapshot can have", () => {
    const history = new TreeHistory();
    const { tree } = history;
    const bytesBefore = tree.approximateDataBytes;
    history.create("/a", { data: "abc" });
    history.create("/a/b", { data: "de" });
    history.create("/a/b/c", { ephemeral: true, clientId: 5n });
    history.delete("/a");
    expect([tree.get("/a"), tree.get("/a/b"), tree.get("/a/b/c")]).toEqual([undefined, undefined, undefined]);
    expect([tree.approximateDataBytes, [...tree.ephemeralsOf(5n)]]).toEqual([bytesBefore, []]);
  });

  it("takes an empty path for that of the root", () => {
    const trees = ["", "/"].map((path) => {
      const history = new TreeHistory();
      const { tree } = history;
      const watcher = new Notes();
      tree.dataWatches.add("/", watcher);
      history.apply({ type: OpCode.setData, path, data: bytes("x"), version: 1 });
      history.apply({ type: OpCode.setACL, path, acl: OPEN_ACL_UNSAFE, version: 1 });
      const written = tree.digest;
      tree.restore({ path, data: null, acl: null, stat: { ...INITIAL_STAT, version: 9 } });
      return { written, restored: tree.digest, seen: watcher.seen, bytes: tree.approximateDataBytes };
    });
    expect(trees[0]).toEqual(trees[1]);
    expect(trees[0]).toMatchObject({ seen: ["3 /"], bytes: new DataTree().approximateDataBytes });
  });

  it("notifies the watchers of a znode whose data change, and no others", () => {
    const history = new TreeHistory();
    history.create("/a");
    const [root, other] = [new Notes(), new Notes()];
    history.tree.dataWatches.add("/", root);
    history.tree.dataWatches.add("/a", other);
    history.apply({ type: OpCode.setData, path: "/a", data: null, version: 1 });
    expect([root.seen, other.seen]).toEqual([[], [`${EventType.NODE_DATA_CHANGED} /a`]]);
  });

  it("changes nothing by a check, not even the session of its client", () => {
    const history = new TreeHistory();
    expect(history.apply({ type: OpCode.check, path: "/", version: -1 })).toEqual({ type: OpCode.check, err: 0 });
    expect(history.tree.sessions.size).toBe(0);
  });

  it("does not count a plain znode as expired when its children are deleted", () => {
    const history = new TreeHistory();
    for (const path of ["/a", "/a/b"]) history.create(path);
    const copy = new DataTree();
    for (const node of history.tree.snapshotSource().nodes) copy.restore(node);
    for (const node of history.tree.snapshotSource().nodes) copy.restore(node);
    history.delete("/a/b");
    copy.apply(history.applied.at(-1)!);
    expect([[...history.tree.expired(1e15)], [...copy.expired(1e15)]]).toEqual([[], []]);
  });

  it("counts the bytes of a znode that a snapshot holds twice once", () => {
    const tree = new DataTree();
    const before = tree.approximateDataBytes;
    const stat = INITIAL_STAT;
    for (const data of [bytes("abc"), null, bytes("abcde")]) tree.restore({ path: "/a", data, acl: null, stat });
    expect(tree.approximateDataBytes - before).toBe("/a".length + 5);
  });

  it("changes nothing by a multi that holds an error, and tells each write's part in it", () => {
    const history = new TreeHistory();
    const result = history.apply({
      type: OpCode.multi,
      txns: [
        { type: OpCode.create, path: "/a", data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 },
        { type: OpCode.error, err: ErrorCode.NO_NODE },
        { type: OpCode.delete, path: "/b" },
      ],
    });
    expect(result.results?.map(({ err }) => err)).toEqual([
      ErrorCode.OK,
      ErrorCode.NO_NODE,
      ErrorCode.RUNTIME_INCONSISTENCY,
    ]);
    expect(history.tree.get("/a")).toBeUndefined();
    expect(history.tree.lastZxid).toBe(1n);
  });

  it("can apply a transaction that a fuzzy snapshot has already, and only raises the parent's counters", () => {
    const history = new TreeHistory();
    history.create("/a");
    history.create("/a/1");
    history.create("/a/2");
    const { tree } = history;
    const header = { clientId: 7n, cxid: 0, zxid: 2n, time: 2000, type: OpCode.create };
    const txn = { type: OpCode.create, path: "/a/1", data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false } as const;
    expect(tree.apply({ header, txn: { ...txn, parentCVersion: 1 } }).err).toBe(ErrorCode.NODE_EXISTS);
    expect(tree.get("/a")).toMatchObject({ cversion: 2, pzxid: 3n });
    expect(tree.lastZxid).toBe(3n);
  });

  it("keeps apart ephemerals, containers and TTL nodes by their owner", () => {
    const history = new TreeHistory();
    const made = { data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: -1 };
    history.apply({ type: OpCode.createContainer, path: "/container", ...made });
    history.apply({ type: OpCode.createTTL, path: "/ttl", ttl: 5000n, ...made });
    const negativeId = -0x7f00_0000_0000_0000n; // of a server whose id is 129
    history.create("/ephemeral", { ephemeral: true, clientId: negativeId });
    expect(history.tree.get("/container")!.stat().ephemeralOwner).toBe(0n);
    expect(history.tree.get("/ttl")!.stat().ephemeralOwner).toBe(0n);
    expect(history.tree.get("/ephemeral")!.stat().ephemeralOwner).toBe(negativeId);
    expect(history.tree.ephemeralCount).toBe(1);
  });

  it("weighs its paths and data", () => {
    const history = new TreeHistory();
    const before = history.tree.approximateDataBytes;
    history.create("/abc", { data: "12345" });
    expect(history.tree.approximateDataBytes - before).toBe(9);
    history.apply({ type: OpCode.setData, path: "/abc", data: bytes("1"), version: 1 });
    expect(history.tree.approximateDataBytes - before).toBe(5);
    history.delete("/abc");
    expect(history.tree.approximateDataBytes).toBe(before);
  });
});

describe("the watches on a tree", () => {
  it("fire once: NodeCreated at the path, then NodeChildrenChanged at its parent", () => {
    const history = new TreeHistory();
    const notes = new Notes();
    history.tree.dataWatches.add("/a", notes);
    history.tree.childWatches.add("/", notes);
    history.create("/a");
    history.create("/b");
    expect(notes.seen).toEqual([`${EventType.NODE_CREATED} /a`, `${EventType.NODE_CHILDREN_CHANGED} /`]);
  });

  it("tell a deletion once to a watcher of both data and children, then the parent's watcher", () => {
    const history = new TreeHistory();
    history.create("/a");
    const both = new Notes("both ");
    const children = new Notes("children ");
    history.tree.dataWatches.add("/a", both);
    history.tree.childWatches.add("/a", both);
    history.tree.childWatches.add("/a", children);
    history.tree.childWatches.add("/", children);
    history.delete("/a");
    expect(both.seen).toEqual([`both ${EventType.NODE_DELETED} /a`]);
    expect(children.seen).toEqual([
      `children ${EventType.NODE_DELETED} /a`,
      `children ${EventType.NODE_CHILDREN_CHANGED} /`,
    ]);
  });

  it("are silent for a failed multi, and gone with their watcher", () => {
    const history = new TreeHistory();
    const notes = new Notes();
    history.tree.dataWatches.add("/a", notes);
    history.apply({
      type: OpCode.multi,
      txns: [
        { type: OpCode.create, path: "/a", data: null, acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: 1 },
        { type: OpCode.error, err: ErrorCode.BAD_VERSION },
      ],
    });
    history.tree.removeWatcher(notes);
    history.create("/a");
    expect(notes.seen).toEqual([]);
    expect(history.tree.dataWatches.size).toBe(0);
  });
});

describe("a snapshot's source", () => {
  it("gives parents before children, and builds the same tree again", () => {
    const history = new TreeHistory();
    history.create("/a", { data: "1" });
    history.create("/a/b", { data: "2" });
    history.create("/e", { ephemeral: true, clientId: 9n });
    history.tree.sessions.set(9n, 4000);
    const copy = new DataTree();
    for (const node of history.tree.snapshotSource().nodes) copy.restore(node);
    for (const path of ["/", "/a", "/a/b", "/e"]) {
      expect(copy.get(path)!.stat()).toEqual(history.tree.get(path)!.stat());
      expect(copy.get(path)!.data).toEqual(history.tree.get(path)!.data);
    }
    expect([...copy.ephemeralsOf(9n)]).toEqual(["/e"]);
    expect(copy.approximateDataBytes).toBe(history.tree.approximateDataBytes);
  });

  it("may show the children of a znode that the log deletes and creates again: both are linked in the end", () => {
    const history = new TreeHistory();
    for (const path of ["/a", "/a/b", "/a/b/c"]) history.create(path);
    const copy = new DataTree();
    for (const node of history.tree.snapshotSource().nodes) copy.restore(node);
    const apply = (zxid: bigint, txn: Txn): unknown =>
      copy.apply({ header: { clientId: 7n, cxid: 0, zxid, time: 1000, type: txn.type }, txn });
    // As Apache's snapshot of an earlier moment may hold them, with the log from then on.
    const create = { type: OpCode.create, data: bytes(""), acl: OPEN_ACL_UNSAFE, ephemeral: false, parentCVersion: -1 };
    apply(0n, { type: OpCode.delete, path: "/a" });
    expect(copy.get("/a/b/c")).toBeUndefined();
    apply(1n, { ...create, path: "/a" });
    apply(2n, { ...create, path: "/a/b" });
    expect(namesBelow(copy, "/a")).toEqual(["b"]);
    expect(namesBelow(copy, "/a/b")).toEqual([]);
    const whole = new DataTree();
    for (const node of copy.snapshotSource().nodes) whole.restore(node);
    expect(copy.digest).toBe(whole.digest);
  });

  it("may be read while the tree changes: what is gone is left out", () => {
    const history = new TreeHistory();
    history.create("/a");
    history.create("/a/b");
    const nodes = history.tree.snapshotSource().nodes[Symbol.iterator]();
    expect(nodes.next().value?.path).toBe("");
    history.delete("/a/b");
    history.delete("/a");
    const rest: string[] = [];
    for (let step = nodes.next(); !step.done; step = nodes.next()) rest.push(step.value.path);
    expect(rest).not.toContain("/a");
  });

  it("gives parents before children, and what the log needs, whatever was deleted and created again meanwhile", () => {
    const history = new TreeHistory();
    const again = (): void => {
      for (const path of ["/a/b/c", "/a/b", "/a"]) history.delete(path);
      for (const path of ["/a", "/a/b", "/a/b/c", "/a/b/d"]) history.create(path);
      history.delete("/a/b/d");
    };
    for (const path of ["/a", "/z", "/a/b", "/a/b/c"]) history.create(path);
    again();
    const before = history.applied.length;
    const copy = new DataTree();
    const nodes = history.tree.snapshotSource().nodes[Symbol.iterator]();
    let timesChanged = 0;
    for (let step = nodes.next(); !step.done; step = nodes.next()) {
      copy.restore(step.value); // throws where the parent is not there
      if (step.value.path === "/a/b" && timesChanged++ === 0) again();
    }
    for (const record of history.applied.slice(before)) copy.apply(record);
    const pathsOf = (tree: DataTree) => Array.from(tree.snapshotSource().nodes, ({ path }) => path).sort();
    expect(pathsOf(copy)).toEqual(pathsOf(history.tree));
  });

  it("loses the ephemerals of sessions that are not in its table", () => {
    const history = new TreeHistory();
    history.create("/orphan", { ephemeral: true, clientId: 1n });
    history.create("/kept", { ephemeral: true, clientId: 2n });
    history.tree.sessions.set(2n, 4000);
    expect(history.tree.dropOrphanedEphemerals()).toBe(1);
    expect(history.tree.get("/orphan")).toBeUndefined();
    expect(history.tree.get("/kept")).toBeDefined();
  });
});
