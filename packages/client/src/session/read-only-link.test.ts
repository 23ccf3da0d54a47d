import { startApacheEnsemble } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { itOnApache } from "@conclave/vitest";
import { expect } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { CreateMode } from "../index.js";

itOnApache("reads continue without a quorum on a read-only server, until there is a quorum again", async (apache) => {
  await using ensemble = await startApacheEnsemble({
    apache,
    config: { localSessionsEnabled: true, localSessionsUpgradingEnabled: true },
    jvmArgs: ["-Dreadonlymode.enabled=true"],
  });
  const [left, ...others] = ensemble.servers;
  await using zk = await connectForLong(ensemble.connectString, { canBeReadOnly: true });
  await zk.create("/a", "kept");
  // Makes the session one of the whole ensemble: a local one ends with its server.
  await zk.create("/mine", null, { mode: CreateMode.EPHEMERAL });
  await zk.sync("/");
  const states: string[] = [];
  zk.on("readOnly", ({ isReadOnly }) => states.push(isReadOnly ? "ro" : "rw"));
  await Promise.all(others.map((server) => server.kill()));
  await eventually(() => expect(zk.isReadOnly).toBe(true));
  expect(zk.state).toBe("suspended");
  expect((await zk.getData("/a")).data?.toString()).toBe("kept");
  await expect(zk.setData("/a", "lost")).rejects.toMatchObject({ code: "NOT_READ_ONLY", outcome: "rejected" });
  await using late = await connectForLong(`127.0.0.1:${left?.clientPort}`, {
    canBeReadOnly: true,
  });
  expect([late.isReadOnly, late.sessionId, late.session]).toEqual([true, 0n, undefined]);
  expect(await late.getChildren("/")).toContain("a");
  const id = zk.sessionId;
  await others[0]?.restart();
  await eventually(() => expect(zk.state).toBe("connected"));
  expect([zk.isReadOnly, zk.sessionId, states.at(0), states.at(-1)]).toEqual([false, id, "ro", "rw"]);
  await zk.setData("/a", "written");
});
