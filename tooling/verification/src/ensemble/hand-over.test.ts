import { eventually } from "@conclave/testing";
import { expect, it } from "vitest";
import { GrowingEnsemble } from "./growing-ensemble.ts";
import { SteadyWriter } from "./steady-writer.ts";

it("after a leader has stopped no member elects it again, and a client waits for one election", async () => {
  await using ensemble = await GrowingEnsemble.start(3);
  const zk = await ensemble.client();
  const lines = [1, 2, 3].map((id) => ensemble.line(id));
  for (let round = 0; round < 10; round++) {
    const root = `/${round}`;
    await zk.create(root);
    const writer = new SteadyWriter(zk, root);
    await eventually(() => writer.acknowledged.length > 0);
    const leader = await ensemble.leader();
    const earlier = ensemble.decisions.length;
    await ensemble.stopServer(leader);
    const acknowledged = writer.acknowledged.length;
    await eventually(() => writer.acknowledged.length > acknowledged);
    const decisions = ensemble.decisions.slice(earlier);
    expect(decisions.filter((decision) => decision.leader === leader)).toEqual([]);
    await writer.stop();
    await ensemble.startServer(leader, lines);
    await ensemble.serving([leader]);
  }
});

it("an epoch that has no more zxids ends in an election, and loses nothing that was acknowledged", async () => {
  await using ensemble = await GrowingEnsemble.start(3, { largestCounter: 40 });
  const zk = await ensemble.client();
  const id = zk.session?.id;
  await zk.create("/t");
  const writer = new SteadyWriter(zk, "/t");
  await eventually(() => writer.acknowledged.length >= 200);
  const written = await writer.stop();
  const { czxid } = (await zk.create2("/last")).stat;
  expect(czxid >> 32n).toBeGreaterThan(4n);
  expect(zk.session?.id).toBe(id);
  for (const server of ensemble.servers.keys()) {
    const client = await ensemble.client([server]);
    await client.sync("/t");
    const found = new Set(await client.getChildren("/t"));
    expect(written.filter((path) => !found.has(path.slice("/t/".length)))).toEqual([]);
  }
});
