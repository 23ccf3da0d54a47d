import { type Acl, EventType, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { ANY_MODE, type Watcher, WatchMode, WatchTable } from "./watch-table.js";

class Notes implements Watcher {
  readonly seen: string[] = [];

  notify(type: number, path: string): void {
    this.seen.push(`${type} ${path}`);
  }
}

const { NODE_CREATED, NODE_DATA_CHANGED, NODE_CHILDREN_CHANGED, NODE_DELETED } = EventType;

describe("a table of watches", () => {
  let table: WatchTable;
  let notes: Notes;

  beforeEach(() => {
    table = new WatchTable();
    notes = new Notes();
  });

  it("hands on the ACL of the event's znode, by which a watcher tells whether it may know", () => {
    let seen: readonly Acl[] | undefined;
    table.add("/a", { notify: (_type, _path, _zxid, acl) => (seen = acl) });
    table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    expect(seen).toBe(OPEN_ACL_UNSAFE);
  });

  it("hands an event on to recursive watches above its path, not to persistent ones there", () => {
    const recursive = new Notes();
    table.add("/a", notes, WatchMode.PERSISTENT);
    table.add("/a", recursive, WatchMode.RECURSIVE);
    table.trigger(NODE_CREATED, "/a/b", 1n, OPEN_ACL_UNSAFE);
    expect([notes.seen, recursive.seen]).toEqual([[], [`${NODE_CREATED} /a/b`]]);
  });

  it("names no watchers of an event at a path without watches", () => {
    table.add("/a", notes);
    expect(table.trigger(NODE_CREATED, "/b", 1n, OPEN_ACL_UNSAFE)).toBeUndefined();
  });

  it("removes a watcher again that came back after it was removed", () => {
    for (let round = 0; round < 2; round++) {
      table.add("/a", notes);
      expect(table.removeWatcher(notes)).toBe(false);
      expect(table.size).toBe(0);
    }
  });

  it("forgets a standard watch when it fired, and keeps a persistent one", () => {
    const other = new Notes();
    table.add("/a", notes);
    table.add("/a", other, WatchMode.PERSISTENT);
    table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_DATA_CHANGED, "/a", 2n, OPEN_ACL_UNSAFE);
    expect(notes.seen).toEqual([`${NODE_DATA_CHANGED} /a`]);
    expect(other.seen).toHaveLength(2);
    expect(table.size).toBe(1);
  });

  it("lets go of all watches at a path that fire once, and of nothing else, and takes them again", () => {
    const watchers = [notes, new Notes(), new Notes()];
    for (let round = 1; round <= 2; round++) {
      for (const watcher of watchers) {
        table.add("/a", watcher);
        table.add("/b", watcher);
      }
      const told = table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
      expect(watchers.map((watcher) => told?.has(watcher))).toEqual([true, true, true]);
      expect(watchers.map(({ seen }) => seen.length)).toEqual([round, round, round]);
      expect([...table.byPath()].map(([path]) => path)).toEqual(["/b"]);
      expect([...table.byWatcher()]).toEqual(watchers.map((watcher) => [watcher, ["/b"]]));
      expect(table.size).toBe(3);
    }
    table.trigger(NODE_DATA_CHANGED, "/b", 2n, OPEN_ACL_UNSAFE);
    expect([...table.byWatcher()]).toEqual([]);
    for (const watcher of watchers) table.removeWatcher(watcher);
    expect(table.size).toBe(0);
  });

  it("tells a watcher once, however many watches of its the event concerns, and keeps the modes apart", () => {
    table.add("/a", notes);
    table.add("/a", notes);
    table.add("/a", notes, WatchMode.PERSISTENT);
    table.add("/a", notes, WatchMode.RECURSIVE);
    table.add("/", notes, WatchMode.RECURSIVE);
    table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    expect(notes.seen).toHaveLength(1);
    expect(table.has("/a", notes, WatchMode.STANDARD)).toBe(false);
    expect(table.has("/a", notes, WatchMode.PERSISTENT)).toBe(true);
    expect(table.has("/a", notes, WatchMode.RECURSIVE)).toBe(true);
  });

  it("tells a recursive watch of all below its path, but of no changes of children", () => {
    table.add("/a", notes, WatchMode.RECURSIVE);
    table.trigger(NODE_CREATED, "/a/b/c", 1n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_CHILDREN_CHANGED, "/a/b", 1n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_CHILDREN_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_CREATED, "/ab", 2n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_DELETED, "/a", 3n, OPEN_ACL_UNSAFE);
    expect(notes.seen).toEqual([`${NODE_CREATED} /a/b/c`, `${NODE_DELETED} /a`]);
  });

  it("leaves out those who were told before", () => {
    const other = new Notes();
    table.add("/a", notes, WatchMode.PERSISTENT);
    table.add("/a", other, WatchMode.PERSISTENT);
    table.trigger(NODE_DELETED, "/a", 1n, OPEN_ACL_UNSAFE, new Set([notes]));
    expect(notes.seen).toEqual([]);
    expect(other.seen).toHaveLength(1);
  });

  it("takes back the modes that it is asked to, and says whether there were any", () => {
    table.add("/a", notes);
    table.add("/a", notes, WatchMode.RECURSIVE);
    expect(table.remove("/a", notes, WatchMode.PERSISTENT)).toBe(false);
    expect(table.remove("/a", notes, WatchMode.RECURSIVE)).toBe(true);
    expect(table.remove("/a", notes, ANY_MODE)).toBe(true);
    expect(table.remove("/a", notes, ANY_MODE)).toBe(false);
    expect(table.size).toBe(0);
    table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    expect(notes.seen).toEqual([]);
  });

  it("forgets a watcher that is gone, of all modes at all paths", () => {
    table.add("/a", notes);
    table.add("/b", notes, WatchMode.PERSISTENT);
    table.add("/", notes, WatchMode.RECURSIVE);
    table.removeWatcher(notes);
    table.trigger(NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
    table.trigger(NODE_DATA_CHANGED, "/b", 1n, OPEN_ACL_UNSAFE);
    expect(notes.seen).toEqual([]);
    expect(table.size).toBe(0);
  });
});

it("removes the watches of a watcher in slices, and tells other watchers of events meanwhile", () => {
  const table = new WatchTable();
  const told: string[] = [];
  const leaving: Watcher = { notify: (_type, path) => told.push(`leaving ${path}`) };
  const staying: Watcher = { notify: (_type, path) => told.push(`staying ${path}`) };
  for (let i = 0; i < 1000; i++) table.add(`/n${i}`, leaving);
  table.add("/n999", staying);
  expect(table.removeWatcher(leaving, 400)).toBe(true);
  expect([table.size, table.cost, table.costOf(leaving)]).toEqual([601, 1, 0]);
  table.trigger(EventType.NODE_DATA_CHANGED, "/n999", 1n, OPEN_ACL_UNSAFE);
  expect(told).toContain("staying /n999");
  expect(table.removeWatcher(leaving, 400)).toBe(true);
  expect(table.removeWatcher(leaving, 400)).toBe(false);
  expect([table.size, table.cost, [...table.byPath()].length]).toEqual([0, 0, 0]);
});

it("counts each watch once, a long path for more", () => {
  const table = new WatchTable();
  const watcher: Watcher = { notify() {} };
  for (const mode of [WatchMode.STANDARD, WatchMode.RECURSIVE, WatchMode.STANDARD]) table.add("/a", watcher, mode);
  table.add(`/${"b".repeat(600)}`, watcher);
  expect([table.size, table.cost, table.costOf(watcher)]).toEqual([2, 4, 4]);
  table.trigger(EventType.NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
  expect([table.size, table.cost]).toEqual([2, 4]);
  table.remove("/a", watcher);
  expect([table.size, table.cost, table.costOf(watcher)]).toEqual([1, 3, 3]);
});

it("knows nothing of a path without watches", () => {
  const table = new WatchTable();
  const watcher: Watcher = { notify() {} };
  expect(table.has("/a", watcher)).toBe(false);
  expect(table.remove("/a", watcher)).toBe(false);
  expect(table.trigger(EventType.NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE)).toBeUndefined();
  expect(table.removeWatcher(watcher)).toBe(false);
  expect([table.size, table.cost, table.costOf(watcher)]).toEqual([0, 0, 0]);
});

it("leaves out a watcher whose only watch has fired, and takes another one of it", () => {
  const table = new WatchTable();
  const watcher: Watcher = { notify() {} };
  table.add("/a", watcher);
  table.trigger(EventType.NODE_DATA_CHANGED, "/a", 1n, OPEN_ACL_UNSAFE);
  expect([...table.byWatcher()]).toEqual([]);
  table.add("/b", watcher);
  expect([...table.byWatcher()]).toEqual([[watcher, ["/b"]]]);
  expect([table.size, table.cost, table.costOf(watcher)]).toEqual([1, 1, 1]);
});
