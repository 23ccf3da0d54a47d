import {
  CreateMode,
  create,
  ErrorCode,
  type Id,
  JuteReader,
  JuteWriter,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  type Operation,
  Permission,
  reconfig,
  setACL,
  setData,
} from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { rightsBy } from "../tree/acl-check.js";
import { DataTree } from "../tree/data-tree.js";
import { PendingTree } from "../tree/pending/pending-tree.js";
import type { Txn } from "../tree/txn.js";
import { decodeWrite, isWrite, prepare } from "./prepare.js";
import type { WritePolicy } from "./validate.js";
import type { WriteRequest } from "./write-request.js";

const policy: WritePolicy = {
  ...{ extendedTypes: false, schemes: new Set(["digest", "sasl"]), quotas: undefined, maxTxnBytes: 1000 },
  rightsOf: (ids) => ids,
};
const made = (path: string) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });

function requestOf<Q>(operation: Operation<Q, unknown>, request: Q, ids: readonly Id[] = []): WriteRequest {
  const out = new JuteWriter();
  operation.writeRequest(out, request);
  return { sessionId: 5n, cxid: 1, type: operation.type, body: new JuteReader(out.take()), ids };
}

const prepared = (request: WriteRequest, changes: Partial<WritePolicy> = {}, tree = new DataTree()): Txn =>
  prepare(request, new PendingTree(tree), { ...policy, ...changes });

describe("preparing a write", () => {
  it("returns the transaction of a valid request, and changes nothing", () => {
    const tree = new DataTree();
    const pending = new PendingTree(tree);
    for (let times = 0; times < 2; times++) {
      const txn = prepare(requestOf(create, made("/a")), pending, policy);
      const { flags: _, ...rest } = made("/a");
      expect(txn).toEqual({ ...rest, type: OpCode.create, ephemeral: false, parentCVersion: 1 });
    }
    expect(pending.get("/a")).toBeNull();
    expect(tree.get("/a")).toBeUndefined();
  });

  it("returns an error transaction for a refused request", () => {
    const txn = prepared(requestOf(setData, { path: "/none", data: null, version: -1 }));
    expect(txn).toEqual({ type: OpCode.error, err: ErrorCode.NO_NODE });
  });

  it("returns an error transaction for a body that cannot be decoded", () => {
    const body = new JuteReader(Uint8Array.of(0, 0, 0, 9));
    const txn = prepared({ sessionId: 5n, cxid: 1, type: OpCode.setData, body, ids: [] });
    expect(txn).toEqual({ type: OpCode.error, err: ErrorCode.MARSHALLING_ERROR });
  });

  it("always refuses deleteContainer", () => {
    const request = { sessionId: 5n, cxid: 1, type: OpCode.deleteContainer, body: new JuteReader(), ids: [] };
    expect(prepared(request)).toEqual({ type: OpCode.error, err: ErrorCode.BAD_ARGUMENTS });
  });

  const change = { joiningServers: null, leavingServers: "3", newMembers: null, curConfigId: -1n };
  const next = Uint8Array.of(7);

  it("refuses a reconfiguration where it is disabled, and one that the ensemble refuses", () => {
    expect(prepared(requestOf(reconfig, change))).toEqual({ type: OpCode.error, err: ErrorCode.RECONFIG_DISABLED });
    const reconfiguration = { next: () => ErrorCode.NEW_CONFIG_NO_QUORUM };
    expect(prepared(requestOf(reconfig, change), { reconfiguration })).toEqual({
      ...{ type: OpCode.error, err: ErrorCode.NEW_CONFIG_NO_QUORUM },
    });
  });

  it("makes a reconfiguration a change of its znode, if the ACL of that allows it", () => {
    const policies = { reconfiguration: { next: () => next } };
    expect(prepared(requestOf(reconfig, change), policies)).toEqual({ type: OpCode.error, err: ErrorCode.NO_AUTH });
    const rightsOf = (): Id[] => [{ scheme: "super", id: "" }];
    expect(prepared(requestOf(reconfig, change), { ...policies, rightsOf })).toEqual({
      ...{ type: OpCode.reconfig, path: "/zookeeper/config", data: next, version: -1 },
    });
  });

  it("refuses a transaction that recovery could not read back", () => {
    const refused = { type: OpCode.error, err: ErrorCode.MARSHALLING_ERROR };
    const acl = Array.from({ length: 100 }, (_, index) => ({ permissions: index, id: OPEN_ACL_UNSAFE[0]!.id }));
    const creates = Array.from({ length: 10 }, (_, index) => ({ type: OpCode.create, ...made(`/m${index}`) }) as const);
    expect(prepared(requestOf(create, { ...made("/a"), data: new Uint8Array(1000) }))).toEqual(refused);
    expect(prepared(requestOf(setACL, { path: "/", acl, version: -1 }))).toEqual(refused);
    expect(prepared(requestOf(multi, creates))).toEqual(refused);
  });

  it("checks ACLs against the ids of the request and those that the policy adds", () => {
    const tree = new DataTree();
    const acl = [{ permissions: Permission.ALL, id: { scheme: "sasl", id: "anyone" } }];
    const header = { clientId: 1n, cxid: 1, zxid: 1n, time: 1, type: OpCode.setACL };
    tree.apply({ header, txn: { type: OpCode.setACL, path: "/", acl, version: 1 } });
    const request = (ids: readonly Id[]) => requestOf(create, made("/a"), ids);
    const ann: readonly Id[] = [{ scheme: "sasl", id: "ann" }];
    const rightsOf = rightsBy({ skipAcl: false, letAnySaslUserDoX: "anyone" });
    const all = rightsBy({ skipAcl: true, letAnySaslUserDoX: undefined });
    const refused = { type: OpCode.error, err: ErrorCode.NO_AUTH };
    expect(prepared(request(ann), {}, tree)).toEqual(refused);
    expect(prepared(request([]), { rightsOf }, tree)).toEqual(refused);
    expect(prepared(request(ann), { rightsOf }, tree)).toMatchObject({ type: OpCode.create });
    expect(prepared(request([]), { rightsOf: all }, tree)).toMatchObject({ type: OpCode.create });
  });
});

it("reads and session requests are not writes", () => {
  const others = [OpCode.getData, OpCode.exists, OpCode.sync, OpCode.createSession, OpCode.closeSession, OpCode.auth];
  expect(others.filter(isWrite)).toEqual([]);
  expect([OpCode.create, OpCode.setData, OpCode.delete, OpCode.multi, OpCode.reconfig].every(isWrite)).toBe(true);
});

it("a write is decoded without its session", () => {
  const request = { path: "/a", data: Uint8Array.of(1), version: 3 };
  expect(decodeWrite(OpCode.setData, requestOf(setData, request).body)).toEqual(request);
});
