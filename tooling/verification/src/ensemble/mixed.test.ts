import { CreateMode } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { apache, itOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { expectEverywhere, names } from "./expect-everywhere.ts";
import { SteadyWriter } from "./steady-writer.ts";
import { type Kind, TestEnsemble } from "./test-ensemble.ts";

// With equal histories the server with the largest id is elected, so the last one leads.
const ensembles: readonly (readonly [string, readonly Kind[]])[] = [
  ["two Apache servers and one of ours, led by Apache's", ["conclave", "apache", "apache"]],
  ["two Apache servers and one of ours, led by ours", ["apache", "apache", "conclave"]],
  ["one Apache server and two of ours, led by ours", ["apache", "conclave", "conclave"]],
  ["one Apache server and two of ours, led by Apache's", ["conclave", "conclave", "apache"]],
];

describe.each(ensembles)("an ensemble of %s", (_, kinds) => {
  let all: TestEnsemble;
  beforeAll(async () => {
    all = await TestEnsemble.start(kinds, apache());
    // Ours start sooner, and may have elected one of them before Apache's are there.
    await all.ledBy(kinds.at(-1)!);
  });
  afterAll(() => all?.[Symbol.asyncDispose]());

  itOnApache("answers writes, refusals, sync and ephemerals at each member", async () => {
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

  itOnApache("keeps sessions and every acknowledged write while each member is restarted", async () => {
    const zk = await all.client();
    await zk.create("/restarts");
    await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
    const id = zk.session?.id;
    const writer = new SteadyWriter(zk, "/restarts");
    for (let round = 0; round < 3; round++) {
      const leader = await all.leader();
      const before = writer.acknowledged.length;
      await leader.stop();
      await eventually(() => writer.acknowledged.length > before + 10);
      await leader.start();
      await eventually(() => writer.acknowledged.length > before + 20);
    }
    await expectEverywhere(all, "/restarts", await writer.stop());
    expect(zk.session?.id).toBe(id);
    expect((await zk.exists("/mine"))?.ephemeralOwner).toBe(id);
  });
});

itOnApache("three Apache servers are replaced by ours one after the other and back, under load", async (apache) => {
  await using all = await TestEnsemble.start(["apache", "apache", "apache"], apache);
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
