import { CreateMode, type ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { type Apache, itOnApache } from "@conclave/vitest";
import { afterEach, describe, expect } from "vitest";
import { SteadyWriter } from "./steady-writer.ts";
import { type Kind, TestEnsemble } from "./test-ensemble.ts";

let ensemble: TestEnsemble | undefined;
afterEach(async () => {
  await ensemble?.[Symbol.asyncDispose]();
  ensemble = undefined;
});

async function start(kinds: readonly Kind[], apache: Apache): Promise<TestEnsemble> {
  ensemble = await TestEnsemble.start(kinds, apache);
  return ensemble;
}

/** Reads all names below a path from one member, after everything that the leader had committed. */
async function names(zk: ZooKeeper, path: string): Promise<string[]> {
  await zk.sync(path);
  return (await zk.getChildren(path)).sort();
}

/** Checks that each member has every acknowledged write. */
async function expectEverywhere(all: TestEnsemble, root: string, written: readonly string[]): Promise<void> {
  for (const member of all.members) {
    const found = new Set(await names(await all.client(member), root));
    const missing = written.filter((path) => !found.has(path.slice(root.length + 1)));
    expect(missing, `missing at server ${member.id}, ${member.kind}:\n${member.output}`).toEqual([]);
  }
}

// With equal histories the server with the largest id is elected, so the last one leads at first.
const ensembles: readonly (readonly [string, readonly Kind[]])[] = [
  ["two Apache servers and one of ours, led by Apache's", ["conclave", "apache", "apache"]],
  ["two Apache servers and one of ours, led by ours", ["apache", "apache", "conclave"]],
  ["one Apache server and two of ours, led by ours", ["apache", "conclave", "conclave"]],
  ["one Apache server and two of ours, led by Apache's", ["conclave", "conclave", "apache"]],
];

describe.each(ensembles)("an ensemble of %s", (_, kinds) => {
  itOnApache("answers writes, refusals, sync and ephemerals at each member", async (apache) => {
    const all = await start(kinds, apache);
    const clients = await Promise.all(all.members.map((member) => all.client(member)));
    await clients[0]!.create("/t");
    for (const [index, zk] of clients.entries()) {
      await zk.create(`/t/${index}`, Buffer.from(String(index)));
      await zk.create(`/t/${index}-mine`, null, { mode: CreateMode.EPHEMERAL });
      await expect(zk.create(`/t/${index}`)).rejects.toMatchObject({ code: "NODE_EXISTS" });
      await zk.transaction().create(`/t/${index}-a`).check(`/t/${index}`, 0).delete(`/t/${index}-a`).commit();
    }
    const expected = ["0", "0-mine", "1", "1-mine", "2", "2-mine"];
    for (const zk of clients) expect(await names(zk, "/t")).toEqual(expected);
    await clients[1]!.close();
    expect(await names(clients[0]!, "/t")).toEqual(expected.filter((name) => name !== "1-mine"));
    expect(await names(clients[2]!, "/t")).toEqual(expected.filter((name) => name !== "1-mine"));
  });

  itOnApache("keeps sessions and every acknowledged write while each member is restarted", async (apache) => {
    const all = await start(kinds, apache);
    const zk = await all.client();
    await zk.create("/t");
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    const id = zk.session?.id;
    const writer = new SteadyWriter(zk, "/t");
    for (let round = 0; round < 3; round++) {
      const leader = await all.leader();
      const before = writer.acknowledged.length;
      await leader.stop();
      await eventually(() => writer.acknowledged.length > before + 10);
      await leader.start();
      await eventually(() => writer.acknowledged.length > before + 20);
    }
    await expectEverywhere(all, "/t", await writer.stop());
    expect(zk.session?.id).toBe(id);
    expect((await zk.exists("/mine"))?.ephemeralOwner).toBe(id);
  });
});

itOnApache("three Apache servers are replaced by ours one after the other and back, under load", async (apache) => {
  const all = await start(["apache", "apache", "apache"], apache);
  const zk = await all.client();
  await zk.create("/t");
  await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
  const id = zk.session?.id;
  const writer = new SteadyWriter(zk, "/t");
  for (const kind of ["conclave", "apache"] as const) {
    for (const server of [1, 2, 3]) {
      const before = writer.acknowledged.length;
      await all.replace(server, kind);
      await eventually(() => writer.acknowledged.length > before + 10);
    }
    await expectEverywhere(all, "/t", [...writer.acknowledged]);
  }
  await writer.stop();
  expect(zk.session?.id).toBe(id);
  expect((await zk.exists("/mine"))?.ephemeralOwner).toBe(id);
});
