import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateMode,
  closeSession,
  create,
  ErrorCode,
  exists,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  sync,
} from "@conclave/protocol";
import { freePorts } from "@conclave/runtime";
import { fourLetterWord } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectFrame, Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const { EPHEMERAL_ON_LOCAL_SESSION, OK } = ErrorCode;
const OUTLASTS_THE_TEST_MS = 60_000;
const node = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  ...{ path, data: null, acl: OPEN_ACL_UNSAFE, flags },
});

class LocalEnsemble {
  readonly servers: ZooKeeperServer[] = [];
  readonly #wires: Wire[] = [];
  #folder = "";

  static async start(upgrades: boolean): Promise<LocalEnsemble> {
    const all = new LocalEnsemble();
    all.#folder = await mkdtemp(join(tmpdir(), "conclave-local-"));
    const ports = await freePorts(6);
    const lines = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${ports[2 * id - 2]}:${ports[2 * id - 1]}`);
    const local = { localSessionsEnabled: true, localSessionsUpgradingEnabled: upgrades };
    for (const id of [1, 2, 3]) {
      const server = await startServer({
        ...{ dataDir: join(all.#folder, String(id)), tickTimeMs: 2000, maxSessionTimeoutMs: OUTLASTS_THE_TEST_MS },
        ...{ fourLetterWords: "*", ensemble: { ...local, id, servers: lines.join("\n") } },
      });
      all.servers.push(server);
    }
    await Promise.all(all.servers.map((server) => server.whenServing()));
    return all;
  }

  server(mode: string): ZooKeeperServer {
    return this.servers.find((server) => server.mode === mode)!;
  }

  wire(server: ZooKeeperServer): Wire {
    const wire = new Wire(server.port);
    this.#wires.push(wire);
    return wire;
  }

  disconnect(): void {
    for (const wire of this.#wires.splice(0)) wire.destroy();
  }

  async close(): Promise<void> {
    this.disconnect();
    await Promise.all(this.servers.map((server) => server.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const timeoutMs = OUTLASTS_THE_TEST_MS;

describe.each(["leader", "follower"])("a local session on a %s", (mode) => {
  let all: LocalEnsemble;
  let server: ZooKeeperServer;
  beforeAll(async () => {
    all = await LocalEnsemble.start(true);
    server = all.server(mode);
  });
  afterEach(() => all.disconnect());
  afterAll(() => all?.close());

  it("begins and ends without a transaction, writes, and is counted as one of this server", async () => {
    const zk = all.wire(server);
    await zk.connect({ timeoutMs });
    const { zxid } = await zk.call(create, node(`/${mode}`));
    expect(await fourLetterWord({ port: server.port, word: "mntr" })).toContain("zk_local_sessions\t1");
    zk.send(create, node(`/${mode}/last`), 2);
    zk.send(closeSession, undefined, 3);
    expect(await zk.reply()).toMatchObject({ xid: 2, err: OK });
    expect(await zk.reply()).toMatchObject({ xid: 3, err: OK });
    await zk.closed;
    const other = all.wire(server);
    await other.connect({ timeoutMs });
    expect((await other.call(sync, { path: "/" })).zxid).toBe(zxid + 1n);
    expect(await fourLetterWord({ port: server.port, word: "mntr" })).toContain("zk_local_sessions\t1");
  });

  it("can be resumed on its server, and has expired on any other", async () => {
    const { sessionId, password } = await all.wire(server).connect({ timeoutMs });
    const again = all.wire(server);
    expect((await again.connect({ timeoutMs, sessionId, password })).sessionId).toBe(sessionId);
    for (const other of all.servers.filter((each) => each !== server)) {
      const elsewhere = all.wire(other);
      elsewhere.raw(connectFrame({ timeoutMs, sessionId, password }));
      expect((await elsewhere.frame()).readRest().slice(8, 16)).toEqual(new Uint8Array(8));
      await elsewhere.closed;
    }
    expect((await again.call(exists, { path: "/", watch: false })).err).toBe(OK);
  });

  it.each([
    ["create", (path: string) => [create, node(path, CreateMode.EPHEMERAL)] as const],
    ["multi", (path: string) => [multi, [{ type: OpCode.create, ...node(path, CreateMode.EPHEMERAL) }]] as const],
  ])("becomes one of the ensemble when it creates an ephemeral by %s", async (kind, request) => {
    const path = `/${mode}-${kind}`;
    const zk = all.wire(server);
    const { sessionId, password } = await zk.connect({ timeoutMs });
    const [operation, body] = request(path);
    zk.send(operation as typeof create, body as ReturnType<typeof node>, 1);
    expect((await zk.reply()).err).toBe(OK);
    const other = all.servers.find((each) => each !== server)!;
    const moved = all.wire(other);
    expect((await moved.connect({ timeoutMs, sessionId, password })).sessionId).toBe(sessionId);
    await moved.call(sync, { path: "/" });
    const found = await moved.call(exists, { path, watch: false });
    expect(found.response?.stat.ephemeralOwner).toBe(sessionId);
    await moved.call(closeSession, undefined);
    const witness = all.wire(server);
    await witness.connect({ timeoutMs });
    await eventually(async () => (await witness.call(exists, { path, watch: false })).err === ErrorCode.NO_NODE);
  });
});

describe("a local session that may not become one of the ensemble", () => {
  let all: LocalEnsemble;
  beforeAll(async () => {
    all = await LocalEnsemble.start(false);
  });
  afterAll(() => all?.close());

  it.each(["leader", "follower"])("is refused an ephemeral on a %s, in the order of its writes", async (mode) => {
    const zk = all.wire(all.server(mode));
    await zk.connect({ timeoutMs });
    zk.send(create, node(`/${mode}`), 1);
    zk.send(create, node(`/${mode}/e`, CreateMode.EPHEMERAL_SEQUENTIAL), 2);
    zk.send(create, node(`/${mode}/n`), 3);
    const replies = [await zk.reply(), await zk.reply(), await zk.reply()];
    expect(replies.map(({ xid, err }) => [xid, err])).toEqual([
      [1, OK],
      [2, EPHEMERAL_ON_LOCAL_SESSION],
      [3, OK],
    ]);
  });
});
