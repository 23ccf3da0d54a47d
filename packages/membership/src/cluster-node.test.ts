import { connect } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { beforeAll, expect, it } from "vitest";
import { ClusterNode } from "./index.js";

const MEMBERS = 1_000;

describeOnEachEnsemble("a process in its cluster", (ensemble: EnsembleUnderTest) => {
  beforeAll(async () => {
    await using zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
  });

  // Told of one by one, thousands would stop the process for longer than its session lasts: each look at them costs all.
  it("tells once of members that come together", async () => {
    const servers = ensemble.connectString() + ensemble.root;
    const node = new ClusterNode({
      servers,
      connectTimeoutMs: 60_000,
      connect: { sessionTimeoutMs: 60_000 },
      group: "many",
      drainDelayMs: 0,
    });
    await node.join({ url: "http://127.0.0.1:3000" });
    let told = 0;
    node.onChange(() => told++);
    await using zk = await connect(servers, { sessionTimeoutMs: 60_000 });
    const record = JSON.stringify({ url: "http://127.0.0.1:3001", status: "up" });
    const joining = zk.transaction();
    for (let index = 0; index < MEMBERS; index++) joining.create(`/conclave/groups/many/${index}`, record);
    await joining.commit();
    await eventually(() => node.members.length === MEMBERS + 1, { what: "all members" });
    expect(told).toBeLessThan(MEMBERS / 10);
    await node.drain();
  });
});
