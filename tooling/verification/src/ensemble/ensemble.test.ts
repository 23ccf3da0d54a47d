import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, connect } from "@conclave/client";
import { startEnsemble } from "@conclave/server";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import { expectEverywhere, names } from "./expect-everywhere.ts";
import { SteadyWriter } from "./steady-writer.ts";
import { TestEnsemble } from "./test-ensemble.ts";

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function threeServers(): Promise<TestEnsemble> {
  const ensemble = await TestEnsemble.start(["conclave", "conclave", "conclave"]);
  disposables.push(ensemble);
  return ensemble;
}

describe("an ensemble of three servers", () => {
  it("answers a write at each member, and shows it at all of them", async () => {
    const ensemble = await threeServers();
    const clients = await Promise.all(ensemble.members.map((member) => ensemble.client(member)));
    await clients[0]!.create("/t");
    for (const [index, zk] of clients.entries()) await zk.create(`/t/${index}`);
    for (const zk of clients) expect(await names(zk, "/t")).toEqual(["0", "1", "2"]);
    await expect(clients[1]!.create("/t/0")).rejects.toMatchObject({ code: "NODE_EXISTS" });
    await expect(clients[2]!.setData("/t/0", Buffer.from("x"), { version: 7 })).rejects.toMatchObject({
      code: "BAD_VERSION",
    });
  });

  it("keeps sessions, ephemerals and every acknowledged write when its leader stops", async () => {
    const ensemble = await threeServers();
    const zk = await ensemble.client();
    await zk.create("/t");
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    const id = zk.session?.id;
    for (let round = 0; round < 3; round++) {
      const root = `/t/${round}`;
      await zk.create(root);
      const writer = new SteadyWriter(zk, root);
      await eventually(() => writer.acknowledged.length > 20);
      const leader = await ensemble.leader();
      await leader.stop();
      const before = writer.acknowledged.length;
      await eventually(() => writer.acknowledged.length > before + 20);
      await leader.start();
      const written = await writer.stop();
      await expectEverywhere(ensemble, root, written);
    }
    expect(zk.session?.id).toBe(id);
    expect((await zk.exists("/mine"))?.ephemeralOwner).toBe(id);
  });

  it("lets a member that was away catch up, and serves no client without a quorum", async () => {
    const ensemble = await threeServers();
    const zk = await ensemble.client();
    await zk.create("/t");
    const [one, two] = await ensemble.followers();
    await one!.stop();
    for (let i = 0; i < 50; i++) await zk.create(`/t/${i}`);
    await one!.start();
    expect(await names(await ensemble.client(one), "/t")).toHaveLength(50);
    await one!.stop();
    await two!.stop();
    const leader = ensemble.members.find((member) => member !== one && member !== two)!;
    await eventually(async () => expect(await leader.mode()).toBeUndefined());
    await one!.start();
    await eventually(async () => expect(await leader.mode()).toBeDefined());
    expect(await names(await ensemble.client(leader), "/t")).toHaveLength(50);
  });

  it("removes a write that only its former leader had logged, once another quorum has gone on", async () => {
    const ensemble = await threeServers();
    const zk = await ensemble.client(await ensemble.leader());
    await zk.create("/kept");
    const leader = await ensemble.leader();
    const [one, two] = await ensemble.followers();
    await Promise.all([one!.stop(), two!.stop()]);
    // Logged by the leader, which does not know yet that it is alone; never acknowledged.
    const lost = zk.create("/lost").then(
      () => "acknowledged",
      () => "failed",
    );
    await eventually(async () => expect(await leader.mode()).toBeUndefined());
    await leader.stop();
    await Promise.all([one!.start(), two!.start()]);
    const other = await ensemble.client(one);
    await other.create("/later");
    await leader.start();
    expect(await names(await ensemble.client(leader), "/")).toEqual(["kept", "later", "zookeeper"]);
    expect(await lost).toBe("failed");
    expect(leader.output).toContain("restored a snapshot");
  });

  it("expires the session of a client that is gone, and deletes its ephemerals at every member", async () => {
    const ensemble = await threeServers();
    const clients = await Promise.all(ensemble.members.map((member) => ensemble.client(member)));
    const [follower] = await ensemble.followers();
    const gone = await connect(follower!.connectString, { sessionTimeoutMs: 3_000 });
    const { czxid } = (await gone.create2("/gone", null, { mode: CreateMode.EPHEMERAL })).stat;
    await gone.close({ keepSession: true });
    for (const zk of clients) {
      // A member that has not applied the create yet would say the same.
      await eventually(async () => (await zk.getChildren2("/")).stat.pzxid > czxid);
      expect(await zk.exists("/gone")).toBeNull();
    }
  });

  it("tells watches of a change at another member", async () => {
    const ensemble = await threeServers();
    const [one, two] = await Promise.all(ensemble.members.map((member) => ensemble.client(member)));
    await one!.create("/watched", Buffer.from("a"));
    await two!.sync("/");
    const events: string[] = [];
    await two!.getData("/watched", { watch: (event) => void events.push(`${event.type} ${event.path}`) });
    await one!.setData("/watched", Buffer.from("b"));
    await eventually(() => expect(events).toEqual([expect.stringContaining("/watched")]));
  });
});

describe("startEnsemble with several servers", () => {
  it("continues from its folder at the next start", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-several-"));
    disposables.push({ [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }) });
    for (let round = 0; round < 3; round++) {
      await using ensemble = await startEnsemble({ servers: 3, dataDir });
      await using zk = await connect(ensemble.connectString);
      expect(await names(zk, "/")).toHaveLength(1 + round);
      await zk.create(`/${round}`);
      expect(ensemble.servers.map(({ mode }) => mode).sort()).toEqual(["follower", "follower", "leader"]);
    }
  });

  it("refuses numbers of servers that help nobody", async () => {
    await expect(startEnsemble({ servers: 2 })).rejects.toThrow("servers must be 1, or 3 or more, and is 2");
    await expect(startEnsemble({ servers: 0 })).rejects.toThrow(RangeError);
  });
});
