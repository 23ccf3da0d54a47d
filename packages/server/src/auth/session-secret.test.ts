import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, create, ErrorCode, exists, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { startEnsemble } from "../ensemble.js";
import type { ServerOptions } from "../options/server-options.js";
import { startServer, type ZooKeeperServer } from "../server.js";
import { sessionPassword } from "../sessions/session-id.js";

let dataDir: string;
const servers: ZooKeeperServer[] = [];
const wires: Wire[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "conclave-secret-"));
});
afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  for (const server of servers.splice(0)) await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: ServerOptions): Promise<ZooKeeperServer> {
  const server = await startServer(options);
  servers.push(server);
  return server;
}

function wireTo(server: { readonly port: number }): Wire {
  const wire = new Wire(server.port);
  wires.push(wire);
  return wire;
}

describe("the password of a session", () => {
  it("does not follow from its id: a neighbour cannot take it, nor cut its holder", async () => {
    const server = await start({});
    const [victim, intruder] = [wireTo(server), wireTo(server)];
    const { sessionId, password } = await victim.connect();
    const ephemeral = { path: "/e", data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.EPHEMERAL };
    await victim.call(create, ephemeral);
    expect(password).not.toEqual(sessionPassword(sessionId));
    const guess = { sessionId, password: sessionPassword(sessionId) };
    expect(await intruder.connect(guess)).toMatchObject({ sessionId: 0n, timeoutMs: 0 });
    await intruder.closed;
    expect(await victim.call(exists, { path: "/e", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });

  it("is the same after the next start from the folder, and another in another folder", async () => {
    const first = await start({ dataDir });
    const session = await wireTo(first).connect();
    await first.close();
    const second = await start({ dataDir });
    expect(await wireTo(second).connect(session)).toMatchObject({ sessionId: session.sessionId });
    const copy = await start({ dataDir: join(dataDir, "other") });
    const { sessionId, password } = session;
    expect(await wireTo(copy).connect({ sessionId, password })).toMatchObject({ timeoutMs: 0 });
    expect(await readdir(join(dataDir, "version-2"))).toContain("session-secret");
    expect((await stat(join(dataDir, "version-2/session-secret"))).size).toBe(32);
  });

  it("is made with the text that is given, by each server alike", async () => {
    const sessionSecret = "correct horse battery";
    const first = await start({ dataDir, sessionSecret });
    const session = await wireTo(first).connect();
    await first.close();
    const wrong = await start({ dataDir, sessionSecret: "another secret text" });
    expect(await wireTo(wrong).connect(session)).toMatchObject({ timeoutMs: 0 });
    await wrong.close();
    const right = await start({ dataDir, sessionSecret });
    expect(await wireTo(right).connect(session)).toMatchObject({ sessionId: session.sessionId });
    await expect(startServer({ sessionSecret: "short" })).rejects.toThrow(RangeError);
  });

  it("is Apache's where that is asked for, and a wrong one does not cut the holder then either", async () => {
    await using ensemble = await startEnsemble({ sessionSecret: false });
    const [server] = ensemble.servers;
    const holder = wireTo(server!);
    const { sessionId, password } = await holder.connect();
    expect(password).toEqual(sessionPassword(sessionId));
    const intruder = wireTo(server!);
    expect(await intruder.connect({ sessionId, password: new Uint8Array(16) })).toMatchObject({ timeoutMs: 0 });
    await intruder.closed;
    expect(await holder.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });
});
