import {
  CreateMode,
  create,
  create2,
  createContainer,
  createTTL,
  deleteNode,
  type MultiOperation,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  Permission,
  reconfig,
  setACL,
  setData,
} from "@conclave/protocol";
import { type LogFields, silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { TestPipeline } from "../../test-support/pipeline/test-pipeline.js";
import { AuditLog } from "./audit-log.js";

const made = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  ...{ path, data: null, acl: OPEN_ACL_UNSAFE, flags },
});

/** A pipeline with an audit log, a connection, and the lines since the last look. */
function scenario() {
  const lines: LogFields[] = [];
  const logger = {
    ...silentLogger,
    info: (message: string, fields: LogFields = {}) => void lines.push({ message, ...fields }),
  };
  const audit = new AuditLog(logger, "operator");
  const pipeline = new TestPipeline({ audit });
  const channel = pipeline.connect();
  /** Who did it and from where, as in each line of this connection. */
  const by = { message: "audit", user: "10.0.0.1", session: "0x3e8", ip: "10.0.0.1" };
  return { pipeline, channel, audit, by, logged: () => lines.splice(0) };
}

describe("the audit log", () => {
  it.each([
    ["persistent", CreateMode.PERSISTENT, "/a"],
    ["ephemeral", CreateMode.EPHEMERAL, "/a"],
    ["persistent_sequential", CreateMode.PERSISTENT_SEQUENTIAL, "/a0000000000"],
    ["ephemeral_sequential", CreateMode.EPHEMERAL_SEQUENTIAL, "/a0000000000"],
  ])("names the kind of a created znode: %s", (znode_type, flags, znode) => {
    const { pipeline, channel, by, logged } = scenario();
    pipeline.send(channel, flags === CreateMode.EPHEMERAL ? create2 : create, made("/a", flags));
    expect(logged()).toEqual([{ ...by, operation: "create", znode, znode_type, result: "success" }]);
  });

  it("names containers and znodes with a TTL", () => {
    const { pipeline, channel, logged } = scenario();
    pipeline.send(channel, createContainer, made("/a", CreateMode.CONTAINER));
    pipeline.send(channel, createTTL, { ...made("/b", CreateMode.PERSISTENT_WITH_TTL), ttl: 5n });
    pipeline.send(channel, createTTL, { ...made("/c", CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL), ttl: 5n });
    expect(logged().map(({ znode_type }) => znode_type)).toEqual([
      ...["container", "persistent_with_ttl", "persistent_sequential_with_ttl"],
    ]);
  });

  it("has a line for each other write, and its result", () => {
    const { pipeline, channel, by, logged } = scenario();
    pipeline.send(channel, create, made("/a"));
    logged();
    pipeline.send(channel, setData, { path: "/a", data: null, version: -1 });
    pipeline.send(channel, setData, { path: "/a", data: null, version: 9 });
    pipeline.send(channel, deleteNode, { path: "/a", version: -1 });
    pipeline.sendBody(channel, OpCode.deleteContainer, new Uint8Array(0));
    const nothing = { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n };
    pipeline.send(channel, reconfig, nothing);
    expect(logged()).toEqual([
      { ...by, operation: "setData", znode: "/a", result: "success" },
      { ...by, operation: "setData", znode: "/a", result: "failure" },
      { ...by, operation: "delete", znode: "/a", result: "success" },
      { ...by, operation: "delete", result: "failure" },
      { ...by, operation: "reconfig", result: "failure" },
    ]);
  });

  it("shows a new ACL with the letters of its permissions", () => {
    const { pipeline, channel, by, logged } = scenario();
    const { READ, WRITE, CREATE, DELETE, ADMIN, ALL } = Permission;
    const acl = [READ, WRITE, CREATE, DELETE, ADMIN, READ | DELETE, ALL].map((permissions) => ({
      ...{ permissions, id: { scheme: "ip", id: "10.0.0.2" } },
    }));
    pipeline.send(channel, setACL, { path: "/", acl, version: -1 });
    const shown = ["r", "w", "c", "d", "a", "dr", "cdrwa"].map((letters) => `ip:10.0.0.2:${letters}`).join(",");
    expect(logged()).toEqual([{ ...by, operation: "setAcl", znode: "/", acl: shown, result: "success" }]);
  });

  it("has a line for each write of a multi that succeeds, and none for its checks", () => {
    const { pipeline, channel, by, logged } = scenario();
    const writes: MultiOperation[] = [
      { type: OpCode.create, ...made("/a-", CreateMode.PERSISTENT_SEQUENTIAL) },
      { type: OpCode.check, path: "/", version: -1 },
      { type: OpCode.setData, path: "/a-0000000000", data: null, version: 0 },
      { type: OpCode.delete, path: "/a-0000000000", version: 1 },
    ];
    pipeline.send(channel, multi, writes);
    const znode = "/a-0000000000";
    expect(logged()).toEqual([
      { ...by, operation: "create", znode, znode_type: "persistent_sequential", result: "success" },
      { ...by, operation: "setData", znode, result: "success" },
      { ...by, operation: "delete", znode, result: "success" },
    ]);
  });

  it("has one line for a multi that fails", () => {
    const { pipeline, channel, by, logged } = scenario();
    pipeline.send(channel, multi, [
      { type: OpCode.create, ...made("/a") },
      { type: OpCode.delete, path: "/none", version: -1 },
    ]);
    expect(logged()).toEqual([{ ...by, operation: "multiOperation", result: "failure" }]);
  });

  it("names all identities of a client, without the hashes of digests, and the address of none", () => {
    const { pipeline, channel, by, logged } = scenario();
    channel.ids = [
      { scheme: "digest", id: "ann:x" },
      { scheme: "sasl", id: "bob:c" },
    ];
    pipeline.send(channel, setData, { path: "/none", data: null, version: -1 });
    const { ip: _, ...rest } = by;
    expect(logged()).toEqual([{ ...rest, user: "ann,bob:c", operation: "setData", znode: "/none", result: "failure" }]);
  });

  it("shows a session id as unsigned, and control characters of a path as escapes", () => {
    const { pipeline, channel, logged } = scenario();
    channel.session = pipeline.sessions.track(-1n, 1000, 0);
    pipeline.send(channel, deleteNode, { path: "/a\nb", version: -1 });
    const [line] = logged();
    expect(line).toMatchObject({ session: "0xffffffffffffffff" });
    expect(line!.znode).not.toContain("\n");
  });

  it("has lines for what the server does by itself, under the user that runs it", () => {
    const { audit, logged } = scenario();
    audit.server("serverStart");
    audit.sessionEnded(255n, ["/e1", "/e2"]);
    audit.server("serverStop");
    const by = { message: "audit", user: "operator" };
    const operation = "ephemeralZNodeDeletionOnSessionCloseOrExpire";
    expect(logged()).toEqual([
      { ...by, operation: "serverStart", result: "invoked" },
      { ...by, operation, znode: "/e1", session: "0xff", result: "success" },
      { ...by, operation, znode: "/e2", session: "0xff", result: "success" },
      { ...by, operation: "serverStop", result: "success" },
    ]);
  });
});
