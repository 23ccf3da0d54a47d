import { type Acl, ErrorCode, EventType, JuteWriter, OPEN_ACL_UNSAFE, OpCode, Permission } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TreeHistory } from "../../test-support/tree/tree-history.js";
import { DataTree } from "./data-tree.js";
import { fillStat, STAT_PERSISTED_BYTES } from "./stat-bytes.js";
import { WatchMode } from "./watch-table.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const made = { data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: -1 };
const readOnly: readonly Acl[] = [{ permissions: Permission.READ, id: OPEN_ACL_UNSAFE[0]!.id }];

describe("applying a transaction", () => {
  it("returns the path of a create, and its Stat for all kinds but the oldest", () => {
    const history = new TreeHistory();
    const results = [
      history.apply({ type: OpCode.create, path: "/a", ephemeral: false, ...made }),
      history.apply({ type: OpCode.create2, path: "/b", ephemeral: false, ...made }),
      history.apply({ type: OpCode.createContainer, path: "/c", ...made }),
      history.apply({ type: OpCode.createTTL, path: "/d", ttl: 5n, ...made }),
    ];
    const statOf = (path: string) => history.tree.get(path)!.stat();
    expect(results).toEqual([
      { type: OpCode.create, err: ErrorCode.OK, path: "/a", stat: undefined },
      { type: OpCode.create2, err: ErrorCode.OK, path: "/b", stat: statOf("/b") },
      { type: OpCode.createContainer, err: ErrorCode.OK, path: "/c", stat: statOf("/c") },
      { type: OpCode.createTTL, err: ErrorCode.OK, path: "/d", stat: statOf("/d") },
    ]);
  });

  it("returns the new Stat of a setData and of a setACL", () => {
    const history = new TreeHistory();
    history.create("/a");
    const set = history.apply({ type: OpCode.setData, path: "/a", data: bytes("xy"), version: 1 });
    expect(set).toEqual({ type: OpCode.setData, err: ErrorCode.OK, path: "/a", stat: history.tree.get("/a")!.stat() });
    expect(set.stat).toMatchObject({ version: 1, mzxid: 2n, mtime: 2000, dataLength: 2 });
    const setAcl = history.apply({ type: OpCode.setACL, path: "/a", acl: readOnly, version: 1 });
    expect(setAcl).toEqual({
      type: OpCode.setACL,
      err: ErrorCode.OK,
      path: "/a",
      stat: history.tree.get("/a")!.stat(),
    });
    expect(setAcl.stat).toMatchObject({ aversion: 1, mzxid: 2n });
    expect(history.tree.get("/a")!.acl).toEqual(readOnly);
  });

  it("returns the configuration of a reconfiguration, and writes it with its zxid as the version of any", () => {
    const history = new TreeHistory();
    const config = "/zookeeper/config";
    history.tree.setConfiguration("server.1=a", 7n);
    const before = history.tree.get(config)!;
    expect([`${Buffer.from(before.data!)}`, before.stat()]).toEqual([
      "server.1=a",
      expect.objectContaining({ mzxid: 7n, mtime: 0, version: -1, dataLength: 10 }),
    ]);
    const data = bytes("server.2=b");
    const result = history.apply({ type: OpCode.reconfig, path: config, data, version: -1 });
    const stat = history.tree.get(config)!.stat();
    expect(result).toEqual({ type: OpCode.reconfig, err: ErrorCode.OK, path: config, stat, data });
  });

  it("changes the root by its empty path too", () => {
    const history = new TreeHistory();
    const seen: string[] = [];
    history.tree.dataWatches.add("/", { notify: (type, path) => seen.push(`${type} ${path}`) });
    const twin = new TreeHistory();
    for (const [each, path] of [
      [history, ""],
      [twin, "/"],
    ] as const) {
      expect(each.apply({ type: OpCode.setData, path, data: bytes("x"), version: 1 }).err).toBe(ErrorCode.OK);
      expect(each.apply({ type: OpCode.setACL, path, acl: readOnly, version: 1 }).err).toBe(ErrorCode.OK);
    }
    expect(history.tree.get("/")!.data).toEqual(bytes("x"));
    expect(history.tree.digest).toBe(twin.tree.digest);
    expect(seen).toEqual([`${EventType.NODE_DATA_CHANGED} /`]);
  });

  it("returns NO_NODE for a change of a znode that is missing, and notes its zxid", () => {
    const history = new TreeHistory();
    const { digest } = history.tree;
    expect(history.create("/none/a")).toEqual({ type: OpCode.create, err: ErrorCode.NO_NODE });
    expect(history.apply({ type: OpCode.setData, path: "/none", data: null, version: 1 })).toEqual({
      ...{ type: OpCode.setData, err: ErrorCode.NO_NODE },
    });
    expect(history.apply({ type: OpCode.setACL, path: "/none", acl: readOnly, version: 1 })).toEqual({
      ...{ type: OpCode.setACL, err: ErrorCode.NO_NODE },
    });
    expect(history.delete("/none/a")).toEqual({ type: OpCode.delete, err: ErrorCode.NO_NODE });
    expect(history.tree.digest).toBe(digest);
    expect(history.tree.lastZxid).toBe(4n);
  });

  it("only raises the zxid of the parent for a delete of a znode that is missing", () => {
    const history = new TreeHistory();
    history.create("/a");
    expect(history.delete("/a/none")).toEqual({ type: OpCode.delete, err: ErrorCode.NO_NODE });
    expect(history.tree.get("/a")!.stat()).toMatchObject({ pzxid: 2n, cversion: 0 });
  });

  it("returns the result of each write of a multi, and the code of an error", () => {
    const history = new TreeHistory();
    const { err, results } = history.apply({
      type: OpCode.multi,
      txns: [
        { type: OpCode.create, path: "/a", ephemeral: false, ...made },
        { type: OpCode.check, path: "/a", version: 1 },
        { type: OpCode.delete, path: "/a" },
        { type: OpCode.error, err: ErrorCode.OK },
      ],
    });
    expect(err).toBe(ErrorCode.OK);
    expect(results).toMatchObject([
      { type: OpCode.create, err: ErrorCode.OK, path: "/a" },
      { type: OpCode.check, err: ErrorCode.OK },
      { type: OpCode.delete, err: ErrorCode.OK },
      { type: OpCode.error, err: ErrorCode.OK },
    ]);
    expect(history.apply({ type: OpCode.error, err: ErrorCode.NO_AUTH })).toEqual({
      ...{ type: OpCode.error, err: ErrorCode.NO_AUTH },
    });
  });

  it("knows a session with its timeout until it is closed", () => {
    const history = new TreeHistory();
    const opened = history.apply({ type: OpCode.createSession, timeoutMs: 4000 }, 5n);
    expect(opened).toEqual({ type: OpCode.createSession, err: ErrorCode.OK });
    expect([...history.tree.sessions]).toEqual([[5n, 4000]]);
    history.create("/e", { ephemeral: true, clientId: 5n });
    const closed = history.apply({ type: OpCode.closeSession, paths: null }, 5n);
    expect(closed).toEqual({ type: OpCode.closeSession, err: ErrorCode.OK });
    expect([[...history.tree.sessions], history.tree.get("/e")]).toEqual([[], undefined]);
  });

  it("never lowers the last zxid, which recovery sets to that of the snapshot", () => {
    const history = new TreeHistory();
    history.tree.lastZxid = 9n;
    history.create("/a");
    expect(history.tree.lastZxid).toBe(9n);
  });

  it("leaves the digest as it is for znodes below /zookeeper", () => {
    const history = new TreeHistory();
    const { digest } = history.tree;
    history.create("/zookeeper/quota/a", { data: "1" });
    history.create("/zookeeper/quota/a/b");
    history.apply({ type: OpCode.setData, path: "/zookeeper/config", data: bytes("x"), version: 1 });
    history.apply({ type: OpCode.setACL, path: "/zookeeper/config", acl: readOnly, version: 1 });
    history.delete("/zookeeper/quota/a/b");
    expect(history.tree.digest).toBe(digest);
    history.apply({ type: OpCode.setACL, path: "/zookeeper", acl: readOnly, version: 1 });
    expect(history.tree.digest).not.toBe(digest);
  });
});

describe("counting znodes", () => {
  it("counts all, and those below a path", () => {
    const history = new TreeHistory();
    for (const path of ["/a", "/a/b", "/a/b/c", "/a/d"]) history.create(path);
    expect(history.tree.nodeCount).toBe(4 + 4);
    expect(["", "/", "/a", "/a/b", "/a/d", "/none"].map((path) => history.tree.countBelow(path))).toEqual([
      ...[7, 7, 3, 1, 0, 0],
    ]);
    history.delete("/a/d");
    expect(history.tree.nodeCount).toBe(7);
  });
});

describe("znodes that the server deletes", () => {
  it("are containers that had children and have none now", () => {
    const history = new TreeHistory();
    for (const path of ["/used", "/unused", "/full"]) history.apply({ type: OpCode.createContainer, path, ...made });
    for (const path of ["/used/child", "/full/child"]) history.create(path);
    history.delete("/used/child");
    expect([...history.tree.expired(0)]).toEqual(["/used"]);
  });

  it("are TTL nodes without children whose TTL has passed since their last change", () => {
    const history = new TreeHistory();
    for (const path of ["/ttl", "/full"]) history.apply({ type: OpCode.createTTL, path, ttl: 500n, ...made });
    history.create("/full/child");
    expect([...history.tree.expired(1500)]).toEqual([]);
    expect([...history.tree.expired(1501)]).toEqual(["/ttl"]);
    history.apply({ type: OpCode.setData, path: "/ttl", data: null, version: 1 });
    expect([...history.tree.expired(4500)]).toEqual([]);
    expect([...history.tree.expired(4501)]).toEqual(["/ttl"]);
  });
});

describe("the limits of watches", () => {
  const watcher = { notify(): void {} };
  const other = { notify(): void {} };

  it("count data and child watches of a watcher, and of all, with the one that is asked for", () => {
    const tree = new DataTree();
    tree.dataWatches.add("/a", watcher);
    tree.childWatches.add("/a", watcher, WatchMode.PERSISTENT);
    tree.dataWatches.add("/a", other);
    tree.childWatches.add("/b", other);
    const allows = (perWatcher: number, inAll: number, path = "/b"): boolean => {
      tree.watchLimits = { perWatcher, inAll };
      return tree.hasRoomForWatch(watcher, path);
    };
    expect([allows(3, 5), allows(2, 5), allows(3, 4)]).toEqual([true, false, false]);
    const long = `/${"x".repeat(300)}`;
    expect([allows(4, 6, long), allows(3, 6, long), allows(4, 5, long)]).toEqual([true, false, false]);
  });

  it("are none at first", () => {
    const tree = new DataTree();
    for (let count = 0; count < 100; count++) tree.dataWatches.add(`/${count}`, watcher);
    expect(tree.hasRoomForWatch(watcher, "/a")).toBe(true);
  });

  it("hold again for others once the watches of a closed connection are removed, step by step", () => {
    const tree = new DataTree();
    for (const path of ["/a", "/b", "/c"]) tree.dataWatches.add(path, watcher);
    tree.childWatches.add("/a", watcher);
    expect(tree.removeWatcher(watcher, 2)).toBe(true);
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([1, 0]);
    expect(tree.removeWatcher(watcher, 2)).toBe(false);
    for (const path of ["/a", "/b", "/c"]) tree.childWatches.add(path, other);
    expect(tree.removeWatcher(other, 2)).toBe(true);
    expect(tree.removeWatcher(other, 2)).toBe(false);
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([0, 0]);
  });
});

describe("a snapshot of a tree", () => {
  it("has its last zxid, its sessions, its ACLs and its digest at the time of the call", () => {
    const history = new TreeHistory();
    history.apply({ type: OpCode.createSession, timeoutMs: 4000 }, 5n);
    history.apply({ type: OpCode.setACL, path: "/", acl: readOnly, version: 1 });
    const source = history.tree.snapshotSource();
    expect(source).toMatchObject({ lastZxid: 2n, sessions: [{ id: 5n, timeoutMs: 4000 }] });
    expect([...source.acls]).toEqual([OPEN_ACL_UNSAFE, readOnly]);
    history.create("/later");
    expect(source.digest!()).toEqual({ zxid: 3n, version: 2, digest: history.tree.digest });
  });

  it("writes each znode as its fields say", () => {
    const history = new TreeHistory();
    history.create("/a", { data: "12" });
    history.create("/a/é");
    history.apply({ type: OpCode.setData, path: "/a/é", data: null, version: 1 });
    let count = 0;
    for (const { path, data, acl, stat, encoded } of history.tree.snapshotSource().nodes) {
      const [written, expected] = [new JuteWriter(), new JuteWriter()];
      encoded!.writePath(written);
      encoded!.writeData(written);
      encoded!.writeStat(written);
      expected.writeString(path);
      expected.writeBuffer(data);
      const statBytes = new Uint8Array(STAT_PERSISTED_BYTES);
      fillStat(new DataView(statBytes.buffer), stat);
      expected.writeRaw(statBytes);
      expect(written.take()).toEqual(expected.take());
      expect(acl).toBe(history.tree.get(path)!.acl);
      count++;
    }
    expect(count).toBe(history.tree.nodeCount);
  });
});

describe("restoring a tree", () => {
  const stat = { ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 1, mtime: 1 }, version: 0, cversion: 0, aversion: 0 };
  const leaf = (path: string, ephemeralOwner = 0n) => ({
    ...{ path, data: bytes("x"), acl: null, stat: { ...stat, ephemeralOwner } },
  });

  it("takes a znode without ACL as open to all", () => {
    const tree = new DataTree();
    tree.restore({ ...leaf("/a"), acl: readOnly });
    expect(tree.get("/a")!.acl).toEqual(readOnly);
    for (const path of ["/a", "/b", ""]) {
      tree.restore(leaf(path));
      expect(tree.get(path)!.acl).toEqual(OPEN_ACL_UNSAFE);
    }
  });

  it("replaces a znode that is there, with its owner", () => {
    const tree = new DataTree();
    tree.restore(leaf("/a", 5n));
    const before = [tree.nodeCount, tree.approximateDataBytes];
    tree.restore(leaf("/a", 6n));
    expect([[...tree.ephemeralsOf(5n)], [...tree.ephemeralsOf(6n)]]).toEqual([[], ["/a"]]);
    tree.restore(leaf("/a"));
    expect([...tree.ephemeralsOf(6n)]).toEqual([]);
    expect([tree.nodeCount, tree.approximateDataBytes]).toEqual(before);
  });

  it.each(["/none/a", "a", "none/a"])("fails at %j, which has no parent", (path) => {
    expect(() => new DataTree().restore(leaf(path))).toThrow(path);
  });

  it("drops all ephemerals of sessions that do not exist, and counts them", () => {
    const tree = new DataTree();
    tree.lastZxid = 9n;
    for (const [path, owner] of [
      ["/a", 5n],
      ["/b", 5n],
      ["/c", 6n],
      ["/d", 7n],
    ] as const)
      tree.restore(leaf(path, owner));
    tree.sessions.set(7n, 4000);
    expect(tree.dropOrphanedEphemerals()).toBe(3);
    expect(tree.ephemeralCount).toBe(1);
    expect(tree.get("/")!.pzxid).toBe(9n);
    expect(tree.dropOrphanedEphemerals()).toBe(0);
  });
});
