import {
  type Acl,
  CreateMode,
  create,
  ErrorCode,
  EventType,
  exists,
  getACL,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  multiRead,
  OPEN_ACL_UNSAFE,
  OpCode,
  Permission,
  ping,
  setACL,
  setData,
  whoAmI,
  Xid,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ALICE = { scheme: "digest", id: "alice:abc=" };

/** A pipeline with the znodes /a (data "one"), /a/b, /a/c and /a/b/d, and a connection. */
function scenario() {
  const pipeline = new TestPipeline();
  const channel = pipeline.connect();
  const add = (path: string, data = "", flags: number = CreateMode.PERSISTENT, acl: readonly Acl[] = OPEN_ACL_UNSAFE) =>
    pipeline.call(channel, create, { path, data: bytes(data), acl, flags });
  add("/a", "one");
  for (const path of ["/a/b", "/a/c", "/a/b/d"]) add(path);
  /** Replaces the ACL of /a by one that grants these permissions to all clients, and everything to Alice. */
  const restrict = (permissions: number): void => {
    const acl = [
      { permissions, id: OPEN_ACL_UNSAFE[0]!.id },
      { permissions: Permission.ALL, id: ALICE },
    ];
    expect(pipeline.call(channel, setACL, { path: "/a", acl, version: -1 })).toMatchObject({ err: ErrorCode.OK });
  };
  return { pipeline, channel, add, restrict, tree: pipeline.tree };
}

const READS = [
  ["exists", exists],
  ["getData", getData],
  ["getChildren", getChildren],
  ["getChildren2", getChildren2],
] as const;

describe("reading a znode", () => {
  it("answers exists with its Stat", () => {
    const { pipeline, channel, tree } = scenario();
    const reply = pipeline.call(channel, exists, { path: "/a", watch: false }, 9);
    expect(reply).toEqual({
      xid: 9,
      zxid: tree.lastZxid,
      err: ErrorCode.OK,
      response: { stat: tree.get("/a")!.stat() },
    });
  });

  it("answers getData with its data and Stat", () => {
    const { pipeline, channel, tree } = scenario();
    const { response } = pipeline.call(channel, getData, { path: "/a", watch: false });
    expect(response).toEqual({ data: bytes("one"), stat: tree.get("/a")!.stat() });
  });

  it("answers getChildren with the names of its children, and getChildren2 with its Stat too", () => {
    const { pipeline, channel, tree } = scenario();
    const children = ["b", "c"];
    expect(pipeline.call(channel, getChildren, { path: "/a", watch: false }).response).toEqual({ children });
    expect(pipeline.call(channel, getChildren2, { path: "/a", watch: false }).response).toEqual({
      ...{ children, stat: tree.get("/a")!.stat() },
    });
  });

  it.each(READS)(
    "answers %s with an error where there is no znode, or no permission to read it",
    (_name, operation) => {
      const { pipeline, channel, restrict } = scenario();
      const read = (path: string) =>
        pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path, watch: false }, 3);
      expect(read("/none")).toEqual({ xid: 3, zxid: 5n, err: ErrorCode.NO_NODE });
      restrict(Permission.ALL & ~Permission.READ);
      expect(read("/a")).toEqual({ xid: 3, zxid: 6n, err: ErrorCode.NO_AUTH });
      channel.addIds([ALICE]);
      expect(read("/a")).toMatchObject({ err: ErrorCode.OK });
    },
  );

  it("refuses a path with a null character only for exists", () => {
    const { pipeline, channel } = scenario();
    const errOf = (operation: (typeof READS)[number][1]) =>
      pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path: "/a\0", watch: true }).err;
    expect(READS.map(([, operation]) => errOf(operation))).toEqual([
      ...[ErrorCode.BAD_ARGUMENTS, ErrorCode.NO_NODE, ErrorCode.NO_NODE, ErrorCode.NO_NODE],
    ]);
  });
});

describe("the watch of a read", () => {
  it.each([
    ["exists", exists, EventType.NODE_DATA_CHANGED],
    ["getData", getData, EventType.NODE_DATA_CHANGED],
    ["getChildren", getChildren, EventType.NODE_CHILDREN_CHANGED],
    ["getChildren2", getChildren2, EventType.NODE_CHILDREN_CHANGED],
  ] as const)("of %s fires for a change of what was read", (_name, operation, type) => {
    const { pipeline, channel, add } = scenario();
    pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path: "/a", watch: true });
    pipeline.call(channel, setData, { path: "/a", data: null, version: -1 });
    add("/a/x");
    const zxid = type === EventType.NODE_DATA_CHANGED ? 6n : 7n;
    expect(channel.events()).toEqual([`${type} /a ${zxid}`]);
  });

  it("is not left where it is not asked for", () => {
    const { pipeline, channel, tree } = scenario();
    for (const [, operation] of READS) {
      pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path: "/a", watch: false });
    }
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([0, 0]);
  });

  it("is left by exists alone where there is no znode", () => {
    const { pipeline, channel, tree, add } = scenario();
    for (const [, operation] of READS) {
      pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path: "/none", watch: true });
    }
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([1, 0]);
    add("/none");
    expect(channel.events()).toEqual([`${EventType.NODE_CREATED} /none 6`]);
  });

  it("is not left on a znode that may not be read", () => {
    const { pipeline, channel, tree, restrict } = scenario();
    restrict(Permission.ALL & ~Permission.READ);
    for (const [, operation] of READS) {
      pipeline.call<{ path: string; watch: boolean }, unknown>(channel, operation, { path: "/a", watch: true });
    }
    expect([tree.dataWatches.size, tree.childWatches.size]).toEqual([0, 0]);
  });

  it("beyond the limit is refused with THROTTLED_OP, unless the client has it already", () => {
    const { pipeline, channel, tree } = scenario();
    tree.watchLimits = { perWatcher: 1, inAll: 10 };
    const watch = (path: string) => pipeline.call(channel, getData, { path, watch: true });
    expect(watch("/a")).toMatchObject({ err: ErrorCode.OK });
    expect(watch("/a")).toMatchObject({ err: ErrorCode.OK });
    expect(watch("/a/b")).toEqual({ xid: 1, zxid: 5n, err: ErrorCode.THROTTLED_OP });
    expect(pipeline.call(channel, getData, { path: "/a/b", watch: false })).toMatchObject({ err: ErrorCode.OK });
    expect(tree.dataWatches.size).toBe(1);
  });
});

describe("getACL", () => {
  it("answers with the ACL and the Stat", () => {
    const { pipeline, channel, tree } = scenario();
    expect(pipeline.call(channel, getACL, { path: "/a" }).response).toEqual({
      ...{ acl: OPEN_ACL_UNSAFE, stat: tree.get("/a")!.stat() },
    });
    expect(pipeline.call(channel, getACL, { path: "/none" }, 4)).toEqual({ xid: 4, zxid: 5n, err: ErrorCode.NO_NODE });
  });

  it("needs READ or ADMIN, and shows digests only with ADMIN", () => {
    const { pipeline, channel, restrict } = scenario();
    const shown = (): unknown => {
      const { err, response } = pipeline.call(channel, getACL, { path: "/a" });
      return response === undefined ? err : response.acl[1]!.id.id;
    };
    restrict(Permission.READ);
    expect(shown()).toBe("alice:x");
    channel.addIds([ALICE]);
    expect(shown()).toBe("alice:abc=");
    restrict(Permission.ADMIN);
    channel.ids = [];
    expect(shown()).toBe("alice:abc=");
    restrict(Permission.WRITE | Permission.ADMIN);
    channel.addIds([ALICE]);
    restrict(Permission.WRITE);
    channel.ids = [];
    expect(shown()).toBe(ErrorCode.NO_AUTH);
  });
});

describe("getAllChildrenNumber", () => {
  it("counts the znodes below a path, and for an empty path the root too", () => {
    const { pipeline, channel } = scenario();
    const count = (path: string) => pipeline.call(channel, getAllChildrenNumber, { path }).response?.totalNumber;
    // Three znodes below /zookeeper belong to every tree, with /zookeeper itself.
    expect(["/a", "/a/b", "/a/c", "/", ""].map(count)).toEqual([3, 1, 0, 7, 8]);
  });

  it("needs a znode, and READ", () => {
    const { pipeline, channel, restrict } = scenario();
    restrict(Permission.WRITE);
    const errOf = (path: string) => pipeline.call(channel, getAllChildrenNumber, { path }, 4);
    expect(errOf("/none")).toEqual({ xid: 4, zxid: 6n, err: ErrorCode.NO_NODE });
    expect(errOf("/a")).toEqual({ xid: 4, zxid: 6n, err: ErrorCode.NO_AUTH });
  });
});

describe("getEphemerals", () => {
  it.each([
    ["/e", ["/e1", "/e2"]],
    ["/e1", ["/e1"]],
    ["", ["/e1", "/e2", "/f"]],
    ["/", ["/e1", "/e2", "/f"]],
    [" \t/\n", ["/e1", "/e2", "/f"]],
    [" ", ["/e1", "/e2", "/f"]],
    ["a", []],
    ["//", []],
  ])("lists those of the session that begin with %j", (prefixPath, paths) => {
    const { pipeline, channel, add } = scenario();
    const other = pipeline.connect();
    for (const path of ["/e1", "/e2", "/f"]) add(path, "", CreateMode.EPHEMERAL);
    pipeline.call(other, create, { path: "/e3", data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.EPHEMERAL });
    expect(pipeline.call(channel, getEphemerals, { prefixPath }).response).toEqual({ ephemerals: paths });
  });
});

it("whoAmI lists the identities of the connection, digests without their hash", () => {
  const { pipeline, channel } = scenario();
  channel.addIds([ALICE, { scheme: "sasl", id: "bob:c" }]);
  expect(pipeline.call(channel, whoAmI, undefined).response).toEqual({
    clientInfo: [
      { authScheme: "ip", user: "10.0.0.1" },
      { authScheme: "digest", user: "alice" },
      { authScheme: "sasl", user: "bob:c" },
    ],
  });
});

it("a ping is answered with the xid of pings, whatever its own is", () => {
  const { pipeline, channel } = scenario();
  expect(pipeline.call(channel, ping, undefined, 12)).toEqual({ xid: Xid.ping, zxid: 5n, err: ErrorCode.OK });
});

describe("multiRead", () => {
  it("answers each read by itself", () => {
    const { pipeline, channel, tree, restrict } = scenario();
    restrict(Permission.WRITE);
    const { response } = pipeline.call(channel, multiRead, [
      { type: OpCode.getData, path: "/a/b" },
      { type: OpCode.getChildren, path: "/a/b" },
      { type: OpCode.getData, path: "/none" },
      { type: OpCode.getData, path: "/a" },
      { type: OpCode.getChildren, path: "/a" },
    ]);
    expect(response).toEqual([
      { type: OpCode.getData, data: bytes(""), stat: tree.get("/a/b")!.stat() },
      { type: OpCode.getChildren, children: ["d"] },
      { type: OpCode.error, err: ErrorCode.NO_NODE },
      { type: OpCode.error, err: ErrorCode.NO_AUTH },
      { type: OpCode.error, err: ErrorCode.NO_AUTH },
    ]);
  });

  it("answers null for data that are null", () => {
    const { pipeline, channel } = scenario();
    pipeline.call(channel, setData, { path: "/a", data: null, version: -1 });
    const { response } = pipeline.call(channel, multiRead, [{ type: OpCode.getData, path: "/a" }]);
    expect(response).toMatchObject([{ data: null }]);
  });

  it("is an error of the connection where the data would be more than 64 MiB", () => {
    const { pipeline, channel } = scenario();
    const megabyte = 1024 * 1024;
    pipeline.tree.get("/a")!.data = new Uint8Array(megabyte);
    const read = (count: number): void =>
      pipeline.send(channel, multiRead, new Array(count).fill({ type: OpCode.getData, path: "/a" }));
    expect(() => read(65)).toThrow(expect.objectContaining({ reason: "oversized" }));
    expect(channel.replies()).toEqual([]);
  });

  it("is an error of the connection where the names of children would be more than 64 MiB", () => {
    const { pipeline, channel, add } = scenario();
    const nameBytes = 300_000;
    add(`/a/c/${"x".repeat(nameBytes)}`);
    const count = Math.floor((64 * 1024 * 1024) / nameBytes) + 1;
    const reads = new Array(count).fill({ type: OpCode.getChildren, path: "/a/c" });
    expect(() => pipeline.send(channel, multiRead, reads)).toThrow(expect.objectContaining({ reason: "oversized" }));
  });
});
