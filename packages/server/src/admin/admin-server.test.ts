import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeSession, create, ErrorCode, exists, getData, OPEN_ACL_UNSAFE, setACL, setData } from "@conclave/protocol";
import { type LogFields, silentLogger } from "@conclave/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { digestOf } from "../auth/authentication.js";
import type { ServerOptions } from "../options/server-options.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const made = (path: string, flags = 0) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags });
const authorization = "digest root:secret";
const superDigest = digestOf("root:secret", "sha1");
const headers = { authorization };
/** The commands of Apache 3.9 that change something, without those that move snapshots. */
const CHANGES = ["connection_stat_reset", "observer_connection_stat_reset", "set_trace_mask", "stat_reset"];
/** The others. */
const NAMES = [
  ...["configuration", "connections", "hash", "dirs", "dump", "environment", "get_trace_mask"],
  ...["initial_configuration", "is_read_only", "last_snapshot", "leader", "monitor"],
  ...["ruok", "server_stats", "stats", "observers", "system_properties"],
  ...["voting_view", "watches", "watches_by_path", "watch_summary", "zabstate"],
];

let server: ZooKeeperServer;
let wire: Wire;
let dataDir: string | undefined;

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ admin: { port: 0, rateLimiterIntervalMs: 0 }, tickTimeMs: 1000, ...options });
  wire = new Wire(server.port);
  await wire.connect();
}

async function onDisk(options: ServerOptions = {}): Promise<void> {
  dataDir = await mkdtemp(join(tmpdir(), "conclave-admin-"));
  await start({ dataDir, ...options });
}

const url = (command: string): string => `http://127.0.0.1:${server.adminPort}/commands/${command}`;
const ask = async (command: string): Promise<Record<string, unknown>> =>
  (await (await fetch(url(command))).json()) as Record<string, unknown>;

afterEach(async () => {
  wire.destroy();
  await server.close();
  if (dataDir !== undefined) await rm(dataDir, { recursive: true });
  dataDir = undefined;
});

describe("the AdminServer", () => {
  it("answers each of Apache's commands with its name, as JSON, without an error", async () => {
    await start();
    for (const name of NAMES) {
      const response = await fetch(url(`${name}?traceMask=7`));
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json;charset=utf-8"]);
      const error = name === "leader" ? "server is not initialized" : null;
      expect(await response.json()).toMatchObject({ command: name, error });
    }
    const list = await (await fetch(url(""))).text();
    expect(list.match(/<a href/g)).toHaveLength(28);
  });

  it("changes something by POST of a super user only", async () => {
    await start({ superDigest });
    for (const name of CHANGES) {
      const target = url(`${name}?traceMask=7`);
      const get = await fetch(target, { headers });
      expect([name, get.status, get.headers.get("allow")]).toEqual([name, 405, "POST"]);
      expect((await fetch(target, { method: "POST" })).status).toBe(401);
      const stranger = { authorization: "digest any:body" };
      expect((await fetch(target, { method: "POST", headers: stranger })).status).toBe(403);
      expect(await ask("get_trace_mask")).toMatchObject({ tracemask: name === "stat_reset" ? 7 : 306 });
      const changed = await fetch(target, { method: "POST", headers });
      expect([changed.status, await changed.json()]).toMatchObject([200, { command: name, error: null }]);
    }
  });

  it("refuses a name that it is not known by, as a page that lets its own name point here would send", async () => {
    await start({ superDigest, admin: { port: 0, rateLimiterIntervalMs: 0, allowedHosts: ["zk.example.com"] } });
    const status = async (asked: Record<string, string>, path = "/commands/ruok"): Promise<number | undefined> => {
      const port = server.adminPort;
      const sent = request({ port, path, headers: { ...headers, ...asked }, agent: false }).end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    for (const host of ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil"]) {
      expect([host, await status({ host })]).toEqual([host, 403]);
      expect([host, await status({ host }, "/commands/snapshot")]).toEqual([host, 403]);
    }
    for (const host of [
      "localhost:1",
      "127.0.0.1",
      "[::1]:80",
      "zk.example.com",
      "ZK.example.com.:8080",
      "192.0.2.7",
    ]) {
      expect([host, await status({ host })]).toEqual([host, 200]);
      expect([host, await status({ host, origin: `http://${host}` })]).toEqual([host, 200]);
      for (const origin of ["null", "http://evil.example", `https://${host}`]) {
        expect([host, origin, await status({ host, origin })]).toEqual([host, origin, 403]);
      }
    }
  });

  it("answers while others hold all of its connections with half a request", async () => {
    await start();
    const slow = Array.from({ length: 100 }, () => connect(server.adminPort!, "127.0.0.1"));
    try {
      for (const socket of slow) socket.on("error", () => {});
      await Promise.all(slow.map((socket) => once(socket, "connect")));
      for (const socket of slow) socket.write("GET /commands/ruok HTTP/1.1\r\nx-slow: ");
      expect(await ask("ruok")).toEqual({ command: "ruok", error: null });
      const more = Array.from({ length: 10 }, () => ask("mntr"));
      expect(await Promise.all(more)).toHaveLength(10);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });

  it("answers an unknown command with status 200 and an error, and nothing outside of its path", async () => {
    await start();
    expect(await ask("nonsense")).toEqual({ command: "nonsense", error: "Unknown command: nonsense" });
    expect((await fetch(`http://127.0.0.1:${server.adminPort}/`)).status).toBe(404);
    expect((await fetch(url("ruok"), { method: "DELETE" })).status).toBe(405);
  });

  it("is left out with a warning where its port is taken and it is optional; otherwise nothing starts", async () => {
    await start();
    const port = server.adminPort!;
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    await using without = await startServer({ admin: { port, isOptional: true }, logger });
    expect(without.adminPort).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("serving without the AdminServer")]);
    await expect(startServer({ admin: { port } })).rejects.toMatchObject({ code: "EADDRINUSE", port });
  });

  it("knows the commands by their other names", async () => {
    await start({ superDigest });
    const change = async (command: string) => (await fetch(url(command), { method: "POST", headers })).json();
    expect(await ask("mntr")).toMatchObject({ command: "monitor", server_state: "standalone", znode_count: 5 });
    expect(await change("stmk?traceMask=-5")).toMatchObject({ command: "set_trace_mask", tracemask: -5 });
    expect(await change("stmk?traceMask=x")).toMatchObject({
      error: "setTraceMask requires long traceMask argument, got x",
    });
    expect(await ask("gtmk")).toMatchObject({ tracemask: -5 });
  });

  it("lists sessions, ephemerals, watches and connections, with exact ids", async () => {
    await start();
    await wire.call(create, made("/e", 1));
    await wire.call(getData, { path: "/e", watch: true });
    const text = await (await fetch(url("connections"))).text();
    const [, id = ""] = /"session_id": (\d+)/.exec(text)!;
    expect(BigInt(id) >> 56n).toBe(1n);
    expect(JSON.parse(text)).toMatchObject({
      connections: [{ last_operation: "GETD", packets_received: 3, session_timeout: 10_000 }],
      secure_connections: [],
    });
    expect(await ask("dump")).toMatchObject({ session_id_to_ephemeral_paths: { [id]: ["/e"] } });
    expect(await ask("watches")).toMatchObject({ session_id_to_watched_paths: { [id]: ["/e"] } });
    expect(await ask("watch_summary")).toMatchObject({ num_connections: 1, num_paths: 1, num_total_watches: 1 });
    expect(await ask("stat")).toMatchObject({ node_count: 6, server_stats: { server_state: "standalone" } });
  });
});

describe("snapshot and restore by HTTP", () => {
  it("restore the former data, which survive the next start", async () => {
    await onDisk({ superDigest });
    await wire.call(create, made("/kept"));
    const snapshot = await fetch(url("snapshot"), { headers });
    expect(snapshot.status).toBe(200);
    expect(snapshot.headers.get("last_zxid")).toBe(`0x${server.lastZxid.toString(16)}`);
    const bytes = new Uint8Array(await snapshot.arrayBuffer());
    expect(snapshot.headers.get("snapshot_size")).toBe(String(bytes.length));
    await wire.call(create, made("/later"));
    await wire.call(setData, { path: "/kept", data: Uint8Array.of(1), version: -1 });
    const restored = await fetch(url("restore"), { method: "POST", headers, body: bytes });
    expect([restored.status, await restored.json()]).toEqual([
      200,
      { command: "restore", error: null, last_zxid: Number(BigInt(snapshot.headers.get("last_zxid")!)) },
    ]);
    await wire.closed;
    const look = async (): Promise<number[]> => {
      const again = new Wire(server.port);
      await again.connect();
      const found = [];
      for (const path of ["/kept", "/later", "/new"])
        found.push((await again.call(exists, { path, watch: false })).err);
      await again.call(create, made("/new"));
      again.destroy();
      return found;
    };
    expect(await look()).toEqual([ErrorCode.OK, ErrorCode.NO_NODE, ErrorCode.NO_NODE]);
    expect(await ask("last_snapshot")).toMatchObject({ error: null });
    await server.close();
    await start({ dataDir, superDigest });
    expect(await look()).toEqual([ErrorCode.OK, ErrorCode.NO_NODE, ErrorCode.OK]);
  });

  it("change nothing where the upload is no snapshot", async () => {
    await onDisk({ superDigest });
    await wire.call(create, made("/kept"));
    const response = await fetch(url("restore"), { method: "POST", headers, body: "not a snapshot" });
    expect(response.status).toBe(500);
    wire = new Wire(server.port);
    await wire.connect();
    expect(await wire.call(exists, { path: "/kept", watch: false })).toMatchObject({ err: ErrorCode.OK });
    expect(await wire.call(create, made("/next"))).toMatchObject({ err: ErrorCode.OK });
  });

  it("are for a super user, whatever the ACL of the root allows", async () => {
    await onDisk({ superDigest });
    const open = await fetch(url("snapshot"), { headers: { authorization: "digest any:body" } });
    expect([open.status, await open.json()]).toMatchObject([403, { command: "snapshot" }]);
    const restore = { method: "POST", headers: { authorization: "digest any:body" }, body: "ZKSN" };
    expect((await fetch(url("restore"), restore)).status).toBe(403);
    const status = async (value?: string): Promise<number> =>
      (await fetch(url("snapshot"), value === undefined ? {} : { headers: { authorization: value } })).status;
    expect(await status()).toBe(401);
    expect(await status("kerberos x")).toBe(401);
    expect(await status("digest a b")).toBe(401);
    expect(await status("digest root:wrong")).toBe(403);
    expect(await status("ip")).toBe(403);
    expect(await status(authorization)).toBe(200);
  });

  it("are refused to all clients when there is no super user", async () => {
    await onDisk();
    expect((await fetch(url("snapshot"), { headers })).status).toBe(403);
    expect((await fetch(url("restore"), { method: "POST", headers, body: "ZKSN" })).status).toBe(403);
  });

  it("come no more often than options say, and not at all where they are off", async () => {
    await onDisk({ superDigest, admin: { port: 0, rateLimiterIntervalMs: 1_000_000, restoreEnabled: false } });
    expect((await fetch(url("snapshot?streaming=false"), { headers })).status).toBe(200);
    expect((await fetch(url("snap"), { headers })).status).toBe(429);
    expect((await fetch(url("restore"), { method: "POST", headers, body: "x" })).status).toBe(503);
  });

  it("take a snapshot of a server that keeps everything in memory, which cannot restore one", async () => {
    await start({ superDigest });
    await wire.call(create, made("/a"));
    const snapshot = await fetch(url("snapshot"), { headers });
    const body = new Uint8Array(await snapshot.arrayBuffer());
    expect(Buffer.from(body.subarray(0, 4)).toString()).toBe("ZKSN");
    expect((await fetch(url("restore"), { method: "POST", headers, body })).status).toBe(500);
  });
});

describe("figures for Prometheus", () => {
  it("have Apache's names, in the text format", async () => {
    await start({ metrics: { port: 0 } });
    await wire.call(create, made("/a"));
    const response = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`);
    const text = await response.text();
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(text).toContain("# TYPE znode_count gauge\nznode_count 6\n");
    expect(text).toContain("# TYPE connection_request_count counter\nconnection_request_count 1\n");
    expect(text).toMatch(/# TYPE updatelatency summary\nupdatelatency\{quantile="0.5"\} \d+\n/);
    expect(text).toMatch(/\nupdatelatency_sum \d+\nupdatelatency_count 1\n/);
    expect(text).toContain("process_cpu_seconds_total");
    expect((await fetch(`http://127.0.0.1:${server.metricsPort}/`)).status).toBe(404);
  });
});

describe("the audit log", () => {
  it("has user, operation, address and result of each write", async () => {
    const lines: LogFields[] = [];
    const info = (message: string, fields: LogFields = {}) => void (message === "audit" && lines.push(fields));
    await start({ auditEnable: true, logger: { ...silentLogger, info } });
    await wire.call(create, made("/a-", 2));
    await wire.call(setData, { path: "/none", data: null, version: -1 });
    await wire.call(setACL, { path: "/a-0000000000", acl: OPEN_ACL_UNSAFE, version: -1 });
    await wire.call(create, made("/e", 1));
    wire.send(closeSession, undefined, 9);
    await wire.closed;
    const session = expect.stringMatching(/^0x1[0-9a-f]{14}$/);
    const by = { user: "127.0.0.1", ip: "127.0.0.1", session };
    expect(lines).toEqual([
      { user: expect.any(String), operation: "serverStart", result: "invoked" },
      { ...by, operation: "create", znode: "/a-0000000000", znode_type: "persistent_sequential", result: "success" },
      { ...by, operation: "setData", znode: "/none", result: "failure" },
      { ...by, operation: "setAcl", znode: "/a-0000000000", acl: "world:anyone:cdrwa", result: "success" },
      { ...by, operation: "create", znode: "/e", znode_type: "ephemeral", result: "success" },
      {
        ...{ user: expect.any(String), operation: "ephemeralZNodeDeletionOnSessionCloseOrExpire", znode: "/e" },
        ...{ session, result: "success" },
      },
    ]);
  });
});
