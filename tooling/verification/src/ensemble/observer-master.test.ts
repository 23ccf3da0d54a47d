import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { freePorts } from "@conclave/runtime";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { PATIENT_SESSION } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";

/** Two voters, and an observer that connects to the one that follows. */
class Observed implements AsyncDisposable {
  readonly servers: ZooKeeperServer[] = [];
  readonly #folder: string;
  readonly #lines: string;
  readonly #observerMasterPort: number;
  readonly #clientPorts: readonly number[];

  private constructor(folder: string, [observerMasterPort = 0, ...rest]: readonly number[]) {
    const ports = [0, 2, 4].map((from) => rest.slice(from, from + 2).join(":"));
    this.#folder = folder;
    this.#observerMasterPort = observerMasterPort;
    this.#clientPorts = rest.slice(6);
    this.#lines = `server.1=127.0.0.1:${ports[0]}\nserver.2=127.0.0.1:${ports[1]}\nserver.3=127.0.0.1:${ports[2]}:observer`;
  }

  static async start(): Promise<Observed> {
    const observed = new Observed(await mkdtemp(join(tmpdir(), "conclave-observed-")), await freePorts(10));
    for (const id of [1, 2, 3]) observed.servers.push(await observed.#start(id));
    await Promise.all(observed.servers.map((server) => server.whenServing()));
    return observed;
  }

  #start(id: number): Promise<ZooKeeperServer> {
    return startServer({
      ...{ dataDir: join(this.#folder, String(id)), clientPort: this.#clientPorts[id - 1], admin: { port: 0 } },
      ...{ tickTimeMs: 500, maxSessionTimeoutMs: PATIENT_SESSION.sessionTimeoutMs, preAllocBytes: 4096 },
      ensemble: { id, servers: this.#lines, observerMasterPort: this.#observerMasterPort, observerElectionDelayMs: 10 },
    });
  }

  get observer(): ZooKeeperServer {
    return this.servers[2]!;
  }

  withMode(mode: string): ZooKeeperServer {
    return this.servers.find((server) => server.mode === mode)!;
  }

  async restart(server: ZooKeeperServer): Promise<void> {
    const index = this.servers.indexOf(server);
    await server.close();
    this.servers[index] = await this.#start(index + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await rm(this.#folder, { recursive: true });
  }
}

let all: Observed;
const clients: ZooKeeper[] = [];
beforeAll(async () => {
  all = await Observed.start();
});
afterAll(async () => {
  await Promise.all(clients.map((zk) => zk.close()));
  await all?.[Symbol.asyncDispose]();
});

async function client(server: ZooKeeperServer): Promise<ZooKeeper> {
  const zk = await connect(server.connectString, PATIENT_SESSION);
  clients.push(zk);
  return zk;
}

async function command(server: ZooKeeperServer, name: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${server.adminPort}/commands/${name}`);
  return (await response.json()) as Record<string, unknown>;
}

it("an observer of a follower serves writes, reads after a sync, transactions and ephemerals", async () => {
  const [zk, other] = [await client(all.observer), await client(all.withMode("leader"))];
  await zk.create("/t", Buffer.from("1"));
  await expect(zk.create("/t")).rejects.toMatchObject({ code: "NODE_EXISTS" });
  await other.setData("/t", Buffer.from("2"));
  await zk.sync("/t");
  expect((await zk.getData("/t")).data?.toString()).toBe("2");
  await zk.transaction().create("/t/a").check("/t", 1).commit();
  await zk.create("/t/mine", null, { mode: CreateMode.EPHEMERAL });
  expect([...(await other.getChildren("/t"))].sort()).toEqual(["a", "mine"]);
  await zk.close();
  await other.sync("/t");
  expect(await other.getChildren("/t")).toEqual(["a"]);
});

it("a follower and its observer show each other, and the leader has none", async () => {
  const [leader, follower] = [all.withMode("leader"), all.withMode("follower")];
  expect(await command(follower, "observers")).toMatchObject({ synced_observers: 1, observers: [{ sid: 3 }] });
  expect(await command(leader, "observers")).toMatchObject({ synced_observers: 0 });
  const shown = await command(follower, "monitor");
  expect(shown).toMatchObject({ synced_observers: 1 });
  expect(shown.cnt_om_commit_process_time_ms).toBeGreaterThan(0);
  const masterId = all.servers.indexOf(follower) + 1;
  expect(await command(all.observer, "monitor")).toMatchObject({ observer_master_id: masterId });
});

it("an observer of a follower keeps the sessions of its clients when another server becomes the leader", async () => {
  const zk = await client(all.observer);
  await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
  const id = zk.session?.id;
  await all.restart(all.withMode("leader"));
  await eventually(async () => (await zk.exists("/mine"))?.ephemeralOwner === id);
  await zk.create("/after");
  expect(zk.session?.id).toBe(id);
});

it("an observer gets from a follower what was written while it was away", async () => {
  const zk = await client(all.withMode("leader"));
  await all.observer.close();
  for (let n = 0; n < 20; n++) await zk.create(`/away-${n}`);
  await all.restart(all.observer);
  await all.observer.whenServing();
  const other = await client(all.observer);
  expect(await other.exists("/away-19")).toBeDefined();
  expect(await command(all.withMode("follower"), "monitor")).toMatchObject({ synced_observers: 1 });
});
