import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  closeSession,
  create,
  ErrorCode,
  getData,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  setData,
  sync,
} from "@conclave/protocol";
import { freePorts } from "@conclave/runtime";
import { fourLetterWord } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectFrame, Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const data = Buffer.from("as it was");
let folder: string;
let lines: string;
/** A member of three that has found no leader for longer than the grace. */
let server: ZooKeeperServer;
const wires: Wire[] = [];

function start(id: number): Promise<ZooKeeperServer> {
  return startServer({
    ...{ dataDir: join(folder, String(id)), tickTimeMs: 500, readOnlyMode: true, fourLetterWords: "*" },
    ensemble: { id, servers: lines },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-read-only-"));
  const ports = await freePorts(6);
  lines = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${ports[2 * id - 2]}:${ports[2 * id - 1]}`).join("\n");
  const alone = await startServer({ dataDir: join(folder, "1") });
  const zk = new Wire(alone.port);
  await zk.connect();
  await zk.call(create, { path: "/t", data, acl: OPEN_ACL_UNSAFE, flags: 0 });
  zk.destroy();
  await alone.close();
  for (const name of ["acceptedEpoch", "currentEpoch"]) await writeFile(join(folder, "1", "version-2", name), "0");
  server = await start(1);
  await eventually(() => server.mode === "read-only");
});
afterEach(() => {
  for (const wire of wires.splice(0)) wire.destroy();
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

function wire(to = server): Wire {
  const opened = new Wire(to.port);
  wires.push(opened);
  return opened;
}

async function reader(): Promise<Wire> {
  const opened = wire();
  expect((await opened.connect({ readOnly: true })).readOnly).toBe(true);
  return opened;
}

describe("a member without a leader", () => {
  it("reads for a client that accepts a read-only server, and says in its answer that it is one", async () => {
    const zk = await reader();
    expect((await zk.call(getData, { path: "/t", watch: true })).response?.data).toEqual(new Uint8Array(data));
  });

  it.each([
    ["that also writes", { readOnly: false }],
    ["that resumes a session of the ensemble", { readOnly: true, sessionId: 7n }],
    ["that has seen a later transaction", { readOnly: true, lastZxidSeen: 2n ** 40n }],
  ])("closes the connection of a client %s, which is told nothing", async (_, request) => {
    const zk = wire();
    zk.raw(connectFrame(request));
    await zk.closed;
    await expect(zk.frame()).rejects.toThrow("the connection ended");
  });

  it("refuses every write, and sync, in their order, and goes on reading", async () => {
    const zk = await reader();
    const { NOT_READ_ONLY } = ErrorCode;
    zk.send(create, { path: "/n", data, acl: OPEN_ACL_UNSAFE, flags: 0 }, 1);
    zk.send(getData, { path: "/t", watch: false }, 2);
    zk.send(sync, { path: "/" }, 3);
    zk.send(multi, [{ type: OpCode.check, path: "/t", version: 0 }], 4);
    zk.send(setData, { path: "/t", data, version: -1 }, 5);
    zk.send(getData, { path: "/t", watch: false }, 6);
    const replies = [];
    for (let count = 0; count < 6; count++) replies.push(await zk.reply());
    expect(replies.map(({ xid }) => xid)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(replies.map(({ err }) => err)).toEqual([
      ...[NOT_READ_ONLY, ErrorCode.OK, NOT_READ_ONLY, NOT_READ_ONLY, NOT_READ_ONLY, ErrorCode.OK],
    ]);
  });

  it("resumes and closes sessions of its own", async () => {
    const first = wire();
    const { sessionId, password } = await first.connect({ readOnly: true });
    const second = wire();
    expect((await second.connect({ readOnly: true, sessionId, password })).sessionId).toBe(sessionId);
    await first.closed;
    expect((await second.call(closeSession, undefined)).err).toBe(ErrorCode.OK);
    await second.closed;
    const third = wire();
    third.raw(connectFrame({ readOnly: true, sessionId, password }));
    await third.closed;
  });

  it("shows its mode to monitors", async () => {
    const ask = (word: string) => fourLetterWord({ port: server.port, word });
    expect(await ask("isro")).toBe("ro");
    expect(await ask("srvr")).toContain("Mode: read-only");
    expect(await ask("mntr")).toContain("zk_server_state\tread-only");
  });

  it("cuts its readers when there is a leader, and serves all clients then", async () => {
    const zk = await reader();
    let isServing = false;
    const serving = server.whenServing().then(() => {
      isServing = true;
    });
    expect(isServing).toBe(false);
    const other = await start(2);
    try {
      await zk.closed;
      await serving;
      const { readOnly } = await wire().connect({ readOnly: true });
      expect([server.mode, readOnly]).toEqual([expect.stringMatching(/leader|follower/), false]);
    } finally {
      await other.close();
    }
  });
});
