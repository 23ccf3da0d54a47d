import { join } from "node:path";
import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { freePorts } from "@conclave/runtime";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import { removeFolder, temporaryFolder } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SESSION_MS = 60_000;
let folder: string;
let lines: string;
let servers: (ZooKeeperServer | undefined)[];
let clients: ZooKeeper[];

/** Starts a member of three on the port that it had before; the others need not run. */
const start = async (id: number): Promise<void> => {
  servers[id - 1] = await startServer({
    ...{ dataDir: join(folder, String(id)), tickTimeMs: 500, maxSessionTimeoutMs: SESSION_MS, readOnlyMode: true },
    ...{ clientPort: clientPorts[id - 1]! },
    ensemble: { id, servers: lines },
  });
};
let clientPorts: readonly number[];

const stop = async (id: number): Promise<void> => {
  await servers[id - 1]?.close();
  servers[id - 1] = undefined;
};

const reader = async (): Promise<ZooKeeper> => {
  const zk = await connect(clientPorts.map((port) => `127.0.0.1:${port}`).join(","), {
    ...{ canBeReadOnly: true, sessionTimeoutMs: SESSION_MS, backoff: { maxMs: 50 } },
  });
  clients.push(zk);
  return zk;
};

beforeEach(async () => {
  folder = await temporaryFolder("read-only");
  const ports = await freePorts(9);
  clientPorts = ports.slice(6);
  lines = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${ports[2 * id - 2]}:${ports[2 * id - 1]}`).join("\n");
  [servers, clients] = [[], []];
  await Promise.all([1, 2, 3].map(start));
  await Promise.all(servers.map((server) => server?.whenServing()));
});
afterEach(async () => {
  await Promise.all(clients.map((zk) => zk.close()));
  await Promise.all([1, 2, 3].map(stop));
  await removeFolder(folder);
});

describe("clients of a Conclave ensemble that may be read-only", () => {
  it("read from the last server, and continue their sessions when there is a quorum again", async () => {
    const zk = await reader();
    await zk.create("/a", "kept");
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    const { sessionId } = zk;
    await Promise.all([stop(1), stop(2)]);
    await eventually(() =>
      expect([zk.state, zk.isReadOnly, servers[2]?.mode]).toEqual(["suspended", true, "read-only"]),
    );
    expect((await zk.getData("/a")).data?.toString()).toBe("kept");
    await expect(zk.setData("/a", "lost")).rejects.toMatchObject({ code: "NOT_READ_ONLY", outcome: "rejected" });
    await expect(zk.sync("/")).rejects.toMatchObject({ code: "NOT_READ_ONLY" });
    const late = await reader();
    expect([late.state, late.isReadOnly, late.sessionId]).toEqual(["connecting", true, 0n]);
    expect((await late.getData("/a")).data?.toString()).toBe("kept");
    const written = zk.readWrite.setData("/a", "written");
    await start(1);
    await eventually(() => expect([zk.state, late.state]).toEqual(["connected", "connected"]));
    await written;
    expect([zk.sessionId, (await zk.exists("/mine"))?.ephemeralOwner]).toEqual([sessionId, sessionId]);
    expect(late.sessionId).not.toBe(0n);
    await late.setData("/a", "written again");
    expect([zk.isReadOnly, late.isReadOnly]).toEqual([false, false]);
  });

  it("are granted no lock by the last server, and keep the lock that they have if they ask for it", async () => {
    const [first, second] = [await reader(), await reader()];
    const held = await new Mutex(first, { name: "reports", onSuspended: "keep" }).acquire();
    let isGranted = false;
    const next = new Mutex(second, { name: "reports" }).acquire().then((grant) => {
      isGranted = true;
      return grant;
    });
    const queue = held.path.slice(0, held.path.lastIndexOf("/"));
    await eventually(async () => expect(await first.getChildren(queue)).toHaveLength(2));
    await Promise.all([stop(1), stop(2)]);
    await eventually(() => expect([first.isReadOnly, second.isReadOnly]).toEqual([true, true]));
    expect(await second.getChildren(queue)).toHaveLength(2);
    expect([held.signal.aborted, isGranted]).toEqual([false, false]);
    const released = held.release();
    expect(isGranted).toBe(false);
    await start(1);
    await released;
    const grant = await next;
    expect([second.state, grant.fencingToken > held.fencingToken]).toEqual(["connected", true]);
    await grant.release();
  });
});
