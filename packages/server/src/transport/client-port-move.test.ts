import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { auth, ErrorCode, exists, reconfig } from "@conclave/protocol";
import { freePorts } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import { makeTestCertificates } from "../../test-support/wire/test-certificates.js";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer } from "../server.js";

const SUPER = "root:secret";
const superDigest = `root:${createHash("sha1").update(SUPER).digest("base64")}`;
const HOST = "127.0.0.1";

it("the client ports of a member move with a reconfiguration, try again while a place is taken, and keep connections", async () => {
  const { server: own, ca } = await makeTestCertificates();
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-move-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const [quorum = 0, election = 0, former = 0, next = 0, formerTls = 0, nextTls = 0, ...others] = await freePorts(9);
  const line = (port: number, securePort: number) =>
    `server.1=${HOST}:${quorum}:${election}:participant;${HOST}:${port};${HOST}:${securePort}`;
  const servers = `${line(former, formerTls)}\nserver.2=${HOST}:${others[0]}:${others[1]}:participant;${HOST}:${others[2]}`;
  const errors: string[] = [];
  const start = (id: number) =>
    startServer({
      ...{ dataDir: join(dataDir, String(id)), superDigest, tickTimeMs: 500 },
      clientPort: id === 1 ? former : others[2],
      ...(id === 1 && { secureClientPort: formerTls, tls: { ...own, clientAuth: "none" } }),
      logger: { debug() {}, info() {}, warn() {}, error: (message) => void errors.push(message) },
      ensemble: { id, servers, reconfigEnabled: true },
    });
  let server = await start(1);
  const second = await start(2);
  onTestFinished(async () => {
    await Promise.all([server.close(), second.close()]);
  });
  await server.whenServing();
  const wires: Wire[] = [];
  onTestFinished(() => {
    for (const each of wires) each.destroy();
  });
  const client = async (port: number, tls?: ConnectionOptions): Promise<Wire> => {
    const wire = new Wire(port, tls);
    wires.push(wire);
    await wire.connect();
    return wire;
  };
  const [zk, secured] = [await client(former), await client(formerTls, { ca })];
  await zk.call(auth, { scheme: "digest", auth: Buffer.from(SUPER) }, -4);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(next, HOST, resolve));
  const change = { joiningServers: line(next, nextTls), leavingServers: null, newMembers: null, curConfigId: -1n };
  expect((await zk.call(reconfig, change)).err).toBe(ErrorCode.OK);
  await eventually(() => errors.join().includes("cannot move"));
  expect(server.port).toBe(former);
  await new Promise((resolve) => holder.close(resolve));
  await eventually(() => server.port === next && server.securePort === nextTls);
  expect((await zk.call(exists, { path: "/", watch: false })).err).toBe(ErrorCode.OK);
  expect((await (await client(next)).call(exists, { path: "/", watch: false })).err).toBe(ErrorCode.OK);
  await expect(client(former)).rejects.toThrow("the connection ended");
  expect((await secured.call(exists, { path: "/", watch: false })).err).toBe(ErrorCode.OK);
  expect((await (await client(nextTls, { ca })).call(exists, { path: "/", watch: false })).err).toBe(ErrorCode.OK);
  await expect(client(formerTls, { ca })).rejects.toThrow("the connection ended");
  await server.close();
  server = await start(1);
  expect([server.port, server.securePort]).toEqual([next, nextTls]);
});
