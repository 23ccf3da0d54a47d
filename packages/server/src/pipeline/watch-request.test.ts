import {
  AddWatchMode,
  addWatch,
  checkWatches,
  create,
  deleteNode,
  ErrorCode,
  EventType,
  JuteWriter,
  OPEN_ACL_UNSAFE,
  OpCode,
  removeWatches,
  type SetWatches2Request,
  setData,
  setWatches,
  setWatches2,
  WatcherType,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";

const { NODE_CREATED, NODE_DELETED, NODE_DATA_CHANGED, NODE_CHILDREN_CHANGED } = EventType;
const { CHILDREN, DATA, ANY, PERSISTENT, PERSISTENT_RECURSIVE } = WatcherType;

/** A pipeline with the znode /a and its child /a/b, of which the zxids are 2 and 3; and a connection. */
function scenario() {
  const pipeline = new TestPipeline();
  const channel = pipeline.connect();
  const add = (path: string) => pipeline.call(channel, create, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });
  const set = (path: string) => pipeline.call(channel, setData, { path, data: null, version: -1 });
  const remove = (path: string) => pipeline.call(channel, deleteNode, { path, version: -1 });
  add("/a");
  add("/a/b");
  return { pipeline, channel, tree: pipeline.tree, add, set, remove };
}

type Left = "data" | "children" | "persistent" | "recursive";

/** Leaves a watch at /a. */
function leave({ pipeline, channel, tree }: ReturnType<typeof scenario>, kind: Left): void {
  if (kind === "data") tree.dataWatches.add("/a", channel);
  else if (kind === "children") tree.childWatches.add("/a", channel);
  else {
    const mode = kind === "persistent" ? AddWatchMode.PERSISTENT : AddWatchMode.PERSISTENT_RECURSIVE;
    pipeline.call(channel, addWatch, { path: "/a", mode });
  }
}

const TYPES = { CHILDREN, DATA, ANY, PERSISTENT, PERSISTENT_RECURSIVE };
const matches: readonly (readonly [Left, readonly (keyof typeof TYPES)[]])[] = [
  ["data", ["DATA", "ANY"]],
  ["children", ["CHILDREN", "ANY"]],
  ["persistent", ["PERSISTENT", "ANY"]],
  ["recursive", ["PERSISTENT_RECURSIVE", "ANY"]],
];
const cells = matches.flatMap(([left, found]) =>
  (Object.keys(TYPES) as (keyof typeof TYPES)[]).map((type) => [left, type, found.includes(type)] as const),
);

describe("checkWatches and removeWatches", () => {
  it.each(cells)("with a %s watch at the path and the type %s find one: %s", (left, type, isFound) => {
    const at = scenario();
    leave(at, left);
    const { pipeline, channel, tree } = at;
    const before = [tree.dataWatches.size, tree.childWatches.size];
    const err = isFound ? ErrorCode.OK : ErrorCode.NO_WATCHER;
    const request = { path: "/a", type: TYPES[type] };
    expect(pipeline.call(channel, checkWatches, request, 6)).toEqual({ xid: 6, zxid: 3n, err });
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual(before);
    expect(pipeline.call(channel, removeWatches, request, 7)).toEqual({ xid: 7, zxid: 3n, err });
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual(isFound ? [0, 0] : before);
    expect(pipeline.call(channel, removeWatches, request)).toMatchObject({ err: ErrorCode.NO_WATCHER });
  });

  it("know the watches of their own connection and path only", () => {
    const at = scenario();
    leave(at, "data");
    const { pipeline, channel, tree } = at;
    const other = pipeline.connect();
    for (const operation of [checkWatches, removeWatches]) {
      expect(pipeline.call(other, operation, { path: "/a", type: ANY })).toMatchObject({ err: ErrorCode.NO_WATCHER });
      expect(pipeline.call(channel, operation, { path: "/a/b", type: ANY })).toMatchObject({
        err: ErrorCode.NO_WATCHER,
      });
    }
    expect(tree.dataWatches.size).toBe(1);
  });

  it("remove all watches of any type at once", () => {
    const at = scenario();
    for (const kind of ["data", "children", "persistent", "recursive"] as const) leave(at, kind);
    const { pipeline, channel, tree } = at;
    expect(pipeline.call(channel, removeWatches, { path: "/a", type: ANY })).toMatchObject({ err: ErrorCode.OK });
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([0, 0]);
  });

  it("keep the watches of other types at the path", () => {
    const at = scenario();
    for (const kind of ["data", "children", "persistent"] as const) leave(at, kind);
    const { pipeline, channel, set, add } = at;
    pipeline.call(channel, removeWatches, { path: "/a", type: PERSISTENT });
    set("/a");
    add("/a/c");
    set("/a");
    expect(channel.events()).toEqual([`${NODE_DATA_CHANGED} /a 4`, `${NODE_CHILDREN_CHANGED} /a 5`]);
  });

  it("refuse an unknown type with MARSHALLING_ERROR", () => {
    const { pipeline, channel } = scenario();
    const err = ErrorCode.MARSHALLING_ERROR;
    for (const operation of [checkWatches, removeWatches]) {
      expect(pipeline.call(channel, operation, { path: "/a", type: 99 }, 6)).toEqual({ xid: 6, zxid: 3n, err });
    }
  });
});

describe("addWatch", () => {
  it("with the mode persistent reports every change of the znode and of its children", () => {
    const { pipeline, channel, set, add } = scenario();
    const reply = pipeline.call(channel, addWatch, { path: "/a", mode: AddWatchMode.PERSISTENT }, 6);
    expect(reply).toEqual({ xid: 6, zxid: 3n, err: ErrorCode.OK, response: { err: ErrorCode.OK } });
    set("/a");
    set("/a");
    set("/a/b");
    add("/a/c");
    expect(channel.events()).toEqual([
      `${NODE_DATA_CHANGED} /a 4`,
      `${NODE_DATA_CHANGED} /a 5`,
      `${NODE_CHILDREN_CHANGED} /a 7`,
    ]);
  });

  it("with the mode recursive reports every change below the path", () => {
    const { pipeline, channel, set, add } = scenario();
    pipeline.call(channel, addWatch, { path: "/a", mode: AddWatchMode.PERSISTENT_RECURSIVE });
    set("/a/b");
    add("/a/b/c");
    set("/a");
    expect(channel.events()).toEqual([
      `${NODE_DATA_CHANGED} /a/b 4`,
      `${NODE_CREATED} /a/b/c 5`,
      `${NODE_DATA_CHANGED} /a 6`,
    ]);
  });

  it("refuses an unknown mode, and a watch beyond the limit", () => {
    const { pipeline, channel, tree } = scenario();
    const err = ErrorCode.MARSHALLING_ERROR;
    expect(pipeline.call(channel, addWatch, { path: "/a", mode: 2 }, 6)).toEqual({ xid: 6, zxid: 3n, err });
    tree.watchLimits = { perWatcher: 0, inAll: 10 };
    const refused = pipeline.call(channel, addWatch, { path: "/a", mode: AddWatchMode.PERSISTENT }, 7);
    expect(refused).toEqual({ xid: 7, zxid: 3n, err: ErrorCode.THROTTLED_OP });
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([0, 0]);
  });
});

const none: SetWatches2Request = {
  ...{ relativeZxid: 0n, dataWatches: [], existWatches: [], childWatches: [] },
  ...{ persistentWatches: [], persistentRecursiveWatches: [] },
};

describe.each([
  ["setWatches", setWatches],
  ["setWatches2", setWatches2],
])("%s", (_name, operation) => {
  it("fires the watches of changes after its zxid, with the zxid -1, and restores the others", () => {
    const { pipeline, channel, tree, set, add, remove } = scenario();
    set("/a/b"); // zxid 4
    add("/new"); // 5
    add("/gone"); // 6
    remove("/gone"); // 7
    add("/a/c"); // 8
    const restore = (request: Partial<SetWatches2Request>): string[] => {
      const reply = pipeline.call(channel, operation, { ...none, ...request }, -8);
      expect(reply).toEqual({ xid: -8, zxid: 8n, err: ErrorCode.OK });
      return channel.events();
    };
    expect(restore({ relativeZxid: 3n, dataWatches: ["/a", "/a/b", "/gone"] })).toEqual([
      `${NODE_DATA_CHANGED} /a/b -1`,
      `${NODE_DELETED} /gone -1`,
    ]);
    expect(restore({ relativeZxid: 7n, childWatches: ["/a", "/a/b", "/gone"] })).toEqual([
      `${NODE_CHILDREN_CHANGED} /a -1`,
      `${NODE_DELETED} /gone -1`,
    ]);
    expect(restore({ relativeZxid: 7n, existWatches: ["/new", "/gone"] })).toEqual([`${NODE_CREATED} /new -1`]);
    expect(restore({ relativeZxid: 4n, dataWatches: ["/a/b"] })).toEqual([]);
    expect(restore({ relativeZxid: 8n, childWatches: ["/a"] })).toEqual([]);
    expect([...tree.dataWatches.byPath()].map(([path]) => path).sort()).toEqual(["/a", "/a/b", "/gone"]);
    expect([...tree.childWatches.byPath()].map(([path]) => path).sort()).toEqual(["/a", "/a/b"]);
  });

  it.each(["dataWatches", "existWatches", "childWatches"] as const)(
    "answers a null among its %s with MARSHALLING_ERROR, and restores those before it",
    (list) => {
      const { pipeline, channel, tree } = scenario();
      const path = list === "existWatches" ? "/none" : "/a";
      const request = { ...none, relativeZxid: 9n, [list]: [path, null, "/a/b"] };
      const reply = pipeline.call(channel, operation, request as unknown as SetWatches2Request, -8);
      expect(reply).toEqual({ xid: -8, zxid: 3n, err: ErrorCode.MARSHALLING_ERROR });
      const table = list === "childWatches" ? tree.childWatches : tree.dataWatches;
      expect([...table.byPath()].map(([each]) => each)).toEqual([path]);
    },
  );

  it("ends the connection of a client that restores more watches than the limit", () => {
    const { pipeline, channel, tree } = scenario();
    tree.watchLimits = { perWatcher: 1, inAll: 10 };
    const restore = (request: Partial<SetWatches2Request>) =>
      pipeline.send(channel, operation, { ...none, ...request });
    const oversized = expect.objectContaining({ reason: "oversized" });
    expect(() => restore({ relativeZxid: 9n, dataWatches: ["/a", "/a/b"] })).toThrow(oversized);
    expect(() => restore({ existWatches: ["/none"] })).toThrow(oversized);
    expect(() => restore({ relativeZxid: 9n, childWatches: ["/a"] })).toThrow(oversized);
  });
});

/** Returns the body of a setWatches2 whose last two lists are given; null is a list that is null. */
function bodyWith(
  persistent: readonly (string | null)[] | null,
  recursive: readonly (string | null)[] | null,
): Uint8Array {
  const out = new JuteWriter();
  setWatches.writeRequest(out, none);
  for (const list of [persistent, recursive]) {
    out.writeInt(list?.length ?? -1);
    for (const path of list ?? []) out.writeString(path);
  }
  return out.take();
}

describe("setWatches2", () => {
  it("restores persistent and recursive watches without events", () => {
    const { pipeline, channel, set, add } = scenario();
    pipeline.call(channel, setWatches2, { ...none, persistentWatches: ["/a"], persistentRecursiveWatches: ["/a/b"] });
    expect(channel.events()).toEqual([]);
    set("/a");
    set("/a");
    add("/a/b/c");
    add("/a/d");
    expect(channel.events()).toEqual([
      `${NODE_DATA_CHANGED} /a 4`,
      `${NODE_DATA_CHANGED} /a 5`,
      `${NODE_CREATED} /a/b/c 6`,
      `${NODE_CHILDREN_CHANGED} /a 7`,
    ]);
  });

  it("skips a null among its persistent watches", () => {
    const { pipeline, channel, tree } = scenario();
    pipeline.sendBody(channel, OpCode.setWatches2, bodyWith([null, "/a"], ["/a/b", null]));
    expect(channel.replies()).toMatchObject([{ err: ErrorCode.OK }]);
    expect([...tree.dataWatches.byPath()].map(([path]) => path).sort()).toEqual(["/a", "/a/b"]);
  });

  it("answers a null instead of a list of persistent watches with MARSHALLING_ERROR", () => {
    const { pipeline, channel, tree } = scenario();
    pipeline.sendBody(channel, OpCode.setWatches2, bodyWith(null, ["/a"]));
    pipeline.sendBody(channel, OpCode.setWatches2, bodyWith(["/a"], null));
    const err = ErrorCode.MARSHALLING_ERROR;
    expect(channel.replies()).toMatchObject([{ err }, { err }]);
    expect(tree.childWatches.size).toBe(1);
  });

  it("answers a null instead of another list with MARSHALLING_ERROR", () => {
    const { pipeline, channel } = scenario();
    const out = new JuteWriter();
    out.writeLong(0n);
    for (const length of [-1, 0, 0, 0, 0]) out.writeInt(length);
    pipeline.sendBody(channel, OpCode.setWatches2, out.take());
    expect(channel.replies()).toMatchObject([{ err: ErrorCode.MARSHALLING_ERROR }]);
  });

  it("ends the connection of a client that restores more persistent watches than the limit", () => {
    const { pipeline, channel, tree } = scenario();
    tree.watchLimits = { perWatcher: 1, inAll: 10 };
    const restore = (): void => pipeline.sendBody(channel, OpCode.setWatches2, bodyWith(["/a"], ["/a/b"]));
    expect(restore).toThrow(expect.objectContaining({ reason: "oversized" }));
    expect(tree.dataWatches.size).toBe(1);
  });
});
