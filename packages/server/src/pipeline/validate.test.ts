import {
  type Acl,
  CreateMode,
  ErrorCode,
  type MultiOperation,
  OPEN_ACL_UNSAFE,
  OpCode,
  Permission,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { DataTree } from "../tree/data-tree.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { TxnRecord } from "../tree/txn.js";
import {
  type Requester,
  type Validated,
  validateCheck,
  validateCreate,
  validateDelete,
  validateDeleteContainer,
  validateMulti,
  validateSetACL,
  validateSetData,
} from "./validate.js";

const schemes = new Set(["digest", "ip"]);
const policy = { extendedTypes: false, schemes, quotas: undefined, maxTxnBytes: 1000, rightsOf: () => [] };
const requester: Requester = { sessionId: 5n, ids: [], rights: [], policy };
const readOnly: readonly Acl[] = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

/** Proposes without applying, as while the disk is busy. */
class Proposals {
  readonly tree = new DataTree();
  readonly pending = new PendingTree(this.tree);
  readonly proposed: TxnRecord[] = [];

  propose(validate: (pending: PendingTree) => Validated): Validated {
    const txn = validate(this.pending);
    if (typeof txn === "number") return txn;
    const zxid = BigInt(this.proposed.length + 1);
    const header = { clientId: requester.sessionId, cxid: 1, zxid, time: 1, type: txn.type };
    this.pending.add(header, txn);
    this.proposed.push({ header, txn });
    return txn;
  }

  create(path: string, flags: number = CreateMode.PERSISTENT, acl: readonly Acl[] = OPEN_ACL_UNSAFE): Validated {
    return this.propose((pending) =>
      validateCreate(OpCode.create, { path, data: null, acl, flags }, requester, pending),
    );
  }

  createWithTtl(type: typeof OpCode.create | typeof OpCode.createTTL, flags: number, ttl?: bigint): Validated {
    const withTtl: Requester = { ...requester, policy: { ...policy, extendedTypes: true } };
    const request = { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, flags, ttl };
    return this.propose((pending) => validateCreate(type, request, withTtl, pending));
  }

  setAcl(path: string, acl: readonly Acl[], version = -1): Validated {
    return this.propose((pending) => validateSetACL({ path, acl, version }, requester, pending));
  }

  delete(path: string, version = -1): Validated {
    return this.propose((pending) => validateDelete({ path, version }, requester, pending));
  }

  setData(path: string, version = -1): Validated {
    return this.propose((pending) => validateSetData({ path, data: null, version }, requester, pending));
  }

  check(path: string, version: number): Validated {
    return this.propose((pending) => validateCheck({ path, version }, requester, pending));
  }

  multi(...operations: MultiOperation[]): Validated {
    return this.propose((pending) => validateMulti(operations, requester, pending));
  }
}

const made = (path: string): object => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });

describe("validating a create", () => {
  it.each<[string, number, readonly Acl[], number]>([
    ["/a", 7, OPEN_ACL_UNSAFE, ErrorCode.BAD_ARGUMENTS],
    ["/a", -1, OPEN_ACL_UNSAFE, ErrorCode.BAD_ARGUMENTS],
    ["/a", CreateMode.PERSISTENT_WITH_TTL, OPEN_ACL_UNSAFE, ErrorCode.UNIMPLEMENTED],
    ["no-slash", 0, [], ErrorCode.BAD_ARGUMENTS],
    ["/null\0", 0, [], ErrorCode.BAD_ARGUMENTS],
    ["/none/a", 0, [], ErrorCode.INVALID_ACL],
    ["/none/..", 0, OPEN_ACL_UNSAFE, ErrorCode.NO_NODE],
    ["/locked/..", 0, OPEN_ACL_UNSAFE, ErrorCode.NO_AUTH],
    ["/e/..", 0, OPEN_ACL_UNSAFE, ErrorCode.BAD_ARGUMENTS],
    ["/zookeeper", 0, OPEN_ACL_UNSAFE, ErrorCode.NODE_EXISTS],
    ["/", 0, OPEN_ACL_UNSAFE, ErrorCode.NODE_EXISTS],
    ["/e/child", 0, OPEN_ACL_UNSAFE, ErrorCode.NO_CHILDREN_FOR_EPHEMERALS],
    ["/a/", 0, OPEN_ACL_UNSAFE, ErrorCode.NO_NODE],
  ])("%s with flags %i is refused by the first check that fails: %#", (path, flags, acl, err) => {
    const proposals = new Proposals();
    proposals.create("/e", CreateMode.EPHEMERAL);
    proposals.create("/locked", CreateMode.PERSISTENT, readOnly);
    expect(proposals.create(path, flags, acl)).toBe(err);
  });

  it("numbers sequential znodes by the creates proposed so far, whether applied or not", () => {
    const proposals = new Proposals();
    proposals.create("/q");
    expect(proposals.create("/q/n-", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/q/n-0000000000" });
    expect(proposals.create("/q/plain")).toMatchObject({ parentCVersion: 2 });
    expect(proposals.create("/q/", CreateMode.EPHEMERAL_SEQUENTIAL)).toMatchObject({ path: "/q/0000000002" });
    proposals.delete("/q/plain");
    expect(proposals.create("/q/n-", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/q/n-0000000003" });
  });

  it("numbers on with a minus sign after 2^31 creates, as Java's %010d does", () => {
    const proposals = new Proposals();
    const root = proposals.tree.get("/")!;
    const { data, acl, czxid, mzxid, pzxid, ctime, mtime, version, aversion, ephemeralOwner } = root;
    const stat = { czxid, mzxid, pzxid, ctime, mtime, version, aversion, ephemeralOwner, cversion: 2 ** 31 - 1 };
    proposals.tree.restore({ path: "", data, acl, stat });
    expect(proposals.create("/n", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/n2147483647" });
    expect(proposals.create("/n", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/n-2147483648" });
    expect(proposals.create("/n", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/n-2147483647" });
  });
});

describe("validating a create with a TTL", () => {
  const { PERSISTENT, PERSISTENT_WITH_TTL, PERSISTENT_SEQUENTIAL_WITH_TTL } = CreateMode;
  const longest = 0xff_ffff_ffffn;

  it.each([
    [PERSISTENT_WITH_TTL, 1n, "/a"],
    [PERSISTENT_WITH_TTL, longest, "/a"],
    [PERSISTENT_SEQUENTIAL_WITH_TTL, 5n, "/a0000000000"],
  ])("accepts the mode %i with %d ms", (flags, ttl, path) => {
    const made = { path, data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: 1 };
    expect(new Proposals().createWithTtl(OpCode.createTTL, flags, ttl)).toEqual({
      ...{ ...made, type: OpCode.createTTL, ttl },
    });
  });

  it.each([
    ["a mode with a TTL", PERSISTENT_WITH_TTL, 0n],
    ["a mode with a TTL", PERSISTENT_WITH_TTL, -1n],
    ["a mode with a TTL", PERSISTENT_WITH_TTL, longest + 1n],
    ["a mode with a TTL", PERSISTENT_WITH_TTL, undefined],
    ["a mode without a TTL", PERSISTENT, 0n],
    ["a mode without a TTL", PERSISTENT, 5n],
  ])("refuses %s (%i) with the TTL %s", (_what, flags, ttl) => {
    expect(new Proposals().createWithTtl(OpCode.createTTL, flags, ttl)).toBe(ErrorCode.BAD_ARGUMENTS);
  });

  it("accepts a negative TTL as none with a mode without a TTL", () => {
    expect(new Proposals().createWithTtl(OpCode.create, PERSISTENT, -1n)).toMatchObject({ type: OpCode.create });
  });
});

describe("validating against a quota", () => {
  it("asks for the growth in bytes and znodes, and refuses with QUOTA_EXCEEDED", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    const asked: unknown[] = [];
    const quotas = { refuses: (...growth: unknown[]) => asked.push(growth) > 0 };
    const limited: Requester = { ...requester, policy: { ...policy, quotas } };
    const { pending } = proposals;
    const data = new Uint8Array(10);
    proposals.propose(() => ({ type: OpCode.setData, path: "/a", data: new Uint8Array(4), version: 1 }));
    for (const each of [data, null]) {
      const request = { path: "/b", data: each, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT_SEQUENTIAL };
      expect(validateCreate(OpCode.create, request, limited, pending)).toBe(ErrorCode.QUOTA_EXCEEDED);
      const change = { path: "/a", data: each, version: 99 };
      expect(validateSetData(change, limited, pending)).toBe(ErrorCode.QUOTA_EXCEEDED);
    }
    expect(asked).toEqual([
      ["/b0000000001", 10, 1],
      ["/a", 6, 0],
      ["/b0000000001", 0, 1],
      ["/a", -4, 0],
    ]);
  });
});

describe("validating a delete", () => {
  it("checks the version before the children", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    proposals.create("/a/b");
    expect(proposals.delete("/a", 3)).toBe(ErrorCode.BAD_VERSION);
    expect(proposals.delete("/a", 0)).toBe(ErrorCode.NOT_EMPTY);
    expect(proposals.delete("/a/b")).toMatchObject({ type: OpCode.delete });
    expect(proposals.delete("/a", 0)).toMatchObject({ type: OpCode.delete });
    expect(proposals.delete("/a")).toBe(ErrorCode.NO_NODE);
  });

  it("needs the parent, and the permission to delete its children", () => {
    const proposals = new Proposals();
    const createOnly = [{ permissions: Permission.CREATE, id: readOnly[0]!.id }];
    proposals.create("/a", CreateMode.PERSISTENT, createOnly);
    proposals.create("/a/b", CreateMode.PERSISTENT, readOnly);
    expect(proposals.delete("/none/b")).toBe(ErrorCode.NO_NODE);
    expect(proposals.delete("/a/b")).toBe(ErrorCode.NO_AUTH);
    expect(proposals.delete("/a/none")).toBe(ErrorCode.NO_AUTH);
    expect(proposals.delete("no-slash")).toBe(ErrorCode.BAD_ARGUMENTS);
  });

  it.each(["/", "", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"])("refuses the special path %j", (path) => {
    expect(new Proposals().delete(path)).toBe(ErrorCode.BAD_ARGUMENTS);
  });
});

describe("validating setACL", () => {
  it.each<[string, readonly Acl[], number, number]>([
    ["no-slash", [], -1, ErrorCode.BAD_ARGUMENTS],
    ["/none", [], -1, ErrorCode.INVALID_ACL],
    ["/none", OPEN_ACL_UNSAFE, -1, ErrorCode.NO_NODE],
    ["/locked", OPEN_ACL_UNSAFE, 9, ErrorCode.NO_AUTH],
    ["/a", OPEN_ACL_UNSAFE, 2, ErrorCode.BAD_VERSION],
    ["/a", OPEN_ACL_UNSAFE, 0, ErrorCode.BAD_VERSION],
  ])("of %s is refused by the first check that fails: %#", (path, acl, version, err) => {
    const proposals = new Proposals();
    proposals.create("/a");
    proposals.create("/locked", CreateMode.PERSISTENT, readOnly);
    proposals.setAcl("/a", OPEN_ACL_UNSAFE);
    expect(proposals.setAcl(path, acl, version)).toBe(err);
  });

  it("counts the changes of the ACL, apart from those of the data", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    proposals.setData("/a");
    expect(proposals.setAcl("/a", readOnly, 0)).toEqual({ type: OpCode.setACL, path: "/a", acl: readOnly, version: 1 });
    expect(proposals.setAcl("/a", readOnly, 1)).toBe(ErrorCode.NO_AUTH);
  });
});

describe("validating the delete of a container", () => {
  const made = { data: null, acl: OPEN_ACL_UNSAFE, parentCVersion: 1 };

  it("accepts containers and znodes with a TTL", () => {
    const proposals = new Proposals();
    proposals.propose(() => ({ type: OpCode.createContainer, path: "/container", ...made }));
    proposals.propose(() => ({ type: OpCode.createTTL, path: "/ttl", ttl: 5n, ...made }));
    for (const path of ["/container", "/ttl"]) {
      const deleted = validateDeleteContainer(path, proposals.pending);
      expect(deleted).toEqual({ type: OpCode.deleteContainer, path });
    }
  });

  it("refuses one that is deleted or has children again, and every other znode", () => {
    const proposals = new Proposals();
    proposals.propose(() => ({ type: OpCode.createContainer, path: "/container", ...made }));
    proposals.create("/container/child");
    proposals.create("/plain");
    proposals.create("/ephemeral", CreateMode.EPHEMERAL);
    const errOf = (path: string) => validateDeleteContainer(path, proposals.pending);
    expect(errOf("/none")).toBe(ErrorCode.NO_NODE);
    expect(errOf("/container")).toBe(ErrorCode.NOT_EMPTY);
    expect(errOf("/plain")).toBe(ErrorCode.BAD_VERSION);
    expect(errOf("/ephemeral")).toBe(ErrorCode.BAD_VERSION);
  });
});

describe("validating setData and check", () => {
  it("needs the permission to write or to read", () => {
    const proposals = new Proposals();
    const writeOnly = [{ permissions: Permission.WRITE, id: readOnly[0]!.id }];
    proposals.create("/r", CreateMode.PERSISTENT, readOnly);
    proposals.create("/w", CreateMode.PERSISTENT, writeOnly);
    expect(proposals.setData("/r")).toBe(ErrorCode.NO_AUTH);
    expect(proposals.setData("/w")).toMatchObject({ type: OpCode.setData });
    expect(proposals.check("/w", -1)).toBe(ErrorCode.NO_AUTH);
    expect(proposals.check("/r", 0)).toEqual({ type: OpCode.check, path: "/r", version: 1 });
    expect(proposals.check("no-slash", 0)).toBe(ErrorCode.BAD_ARGUMENTS);
  });

  it("sees the versions that are proposed, not those that are applied", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    expect(proposals.setData("/a", 0)).toMatchObject({ version: 1 });
    expect(proposals.setData("/a", 0)).toBe(ErrorCode.BAD_VERSION);
    expect(proposals.setData("/a")).toMatchObject({ version: 2 });
    expect(proposals.check("/a", 2)).toMatchObject({ type: OpCode.check });
    expect(proposals.check("/a", 1)).toBe(ErrorCode.BAD_VERSION);
    expect(proposals.check("/none", -1)).toBe(ErrorCode.NO_NODE);
  });
});

describe("validating a multi", () => {
  it.each([
    ["create", OpCode.create, CreateMode.CONTAINER, OpCode.createContainer],
    ["create2", OpCode.create2, CreateMode.CONTAINER, OpCode.createContainer],
    ["createTTL", OpCode.createTTL, CreateMode.CONTAINER, OpCode.createContainer],
    ["createTTL", OpCode.createTTL, CreateMode.EPHEMERAL, OpCode.create],
  ])("makes of a %s (%i) with mode %i what the mode says: %i", (_name, type, flags, kind) => {
    const ttl = type === OpCode.createTTL ? { ttl: 1000n } : {};
    const validated = new Proposals().multi({ type, ...made("/a"), flags, ...ttl } as MultiOperation);
    expect(validated).toMatchObject({ txns: [{ type: kind, path: "/a" }] });
  });

  it("lets later writes see the earlier ones", () => {
    const proposals = new Proposals();
    const validated = proposals.multi(
      { type: OpCode.create, ...made("/a") } as MultiOperation,
      { type: OpCode.create2, ...made("/a/b") } as MultiOperation,
      { type: OpCode.setData, path: "/a", data: null, version: 0 },
      { type: OpCode.check, path: "/a", version: 1 },
      { type: OpCode.delete, path: "/a/b", version: 0 },
    );
    expect(validated).toMatchObject({ txns: [{ type: 1 }, { type: 15 }, { type: 5 }, { type: 13 }, { type: 2 }] });
  });

  it("changes nothing when it fails, and keeps earlier proposals", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    proposals.setData("/a");
    const validated = proposals.multi(
      { type: OpCode.setData, path: "/a", data: null, version: 1 },
      { type: OpCode.create, ...made("/a/b") } as MultiOperation,
      { type: OpCode.delete, path: "/none", version: -1 },
      { type: OpCode.delete, path: "/a", version: -1 },
    );
    expect(validated).toEqual({
      type: OpCode.multi,
      txns: [ErrorCode.OK, ErrorCode.OK, ErrorCode.NO_NODE, ErrorCode.RUNTIME_INCONSISTENCY].map((err) => ({
        type: OpCode.error,
        err,
      })),
    });
    expect(proposals.check("/a", 1)).toMatchObject({ type: OpCode.check });
    expect(proposals.create("/a/n-", CreateMode.PERSISTENT_SEQUENTIAL)).toMatchObject({ path: "/a/n-0000000000" });
  });
});

describe("closing a session", () => {
  it("includes pending ephemerals and leaves out those with a pending delete", () => {
    const proposals = new Proposals();
    proposals.create("/old", CreateMode.EPHEMERAL);
    proposals.create("/new", CreateMode.EPHEMERAL);
    proposals.create("/kept");
    proposals.delete("/old");
    const paths = proposals.pending.ephemeralsOf(requester.sessionId);
    expect(paths).toEqual(["/new"]);
    proposals.propose(() => ({ type: OpCode.closeSession, paths }));
    expect(proposals.delete("/new")).toBe(ErrorCode.NO_NODE);
    expect(proposals.pending.ephemeralsOf(requester.sessionId)).toEqual([]);
  });
});

describe("pending changes", () => {
  it("shows a change until the tree has it, and longer where a later proposal changes the same znode", () => {
    const proposals = new Proposals();
    proposals.create("/a");
    proposals.setData("/a");
    const { tree, pending, proposed } = proposals;
    for (const { header, txn } of proposed) {
      expect(pending.get("/a")).toMatchObject({ version: 1 });
      pending.applyTo(tree, { header, txn });
    }
    expect(pending.get("/a")).toMatchObject({ version: 1 });
  });

  it("knows each of the many znodes that one multi changes, as the last of its writes leaves it", () => {
    const proposals = new Proposals();
    const create = (path: string): MultiOperation => {
      return { type: OpCode.create, path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT };
    };
    const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
    const changed = paths.map((path): MultiOperation => ({ type: OpCode.setData, path, data: null, version: 0 }));
    proposals.multi(...paths.map(create), ...changed);
    const { pending } = proposals;
    for (const path of paths) expect(pending.get(path)).toMatchObject({ version: 1 });
    expect(pending.get("/")).toMatchObject({ childCount: 31 });
  });
});
