import { startApacheEnsemble } from "@conclave/services";
import { collectEvents } from "@conclave/testing";
import { itOnApache } from "@conclave/vitest";
import { expect } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { type WatchEvent } from "../index.js";

itOnApache("reconfig removes a member and adds it again, and a watch of getConfig fires", async (apache) => {
  await using ensemble = await startApacheEnsemble({
    apache,
    config: { reconfigEnabled: true },
    jvmArgs: ["-Dzookeeper.skipACL=yes"],
  });
  // Not the leader: the ensemble would hold an election over it.
  const leader = await ensemble.leader();
  const leaving = ensemble.servers.find((server) => server !== leader)!;
  const staying = ensemble.servers.filter((server) => server !== leaving);
  const servers = staying.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(",");
  await using zk = await connectForLong(`${servers}/app`, { createChroot: true });
  const events = collectEvents<WatchEvent>();
  const before = (await zk.getConfig({ watch: events.add })).data?.toString() ?? "";
  const line = before.split("\n").find((each) => each.startsWith(`server.${leaving.id}=`)) ?? "";
  const without = (await zk.reconfig({ leaving: [leaving.id] })).data?.toString() ?? "";
  expect([line !== "", without.includes(line), without.includes(`server.${staying[0]?.id}=`)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(await events.first(() => true)).toEqual({ type: "nodeDataChanged", path: "/zookeeper/config" });
  const version = BigInt(`0x${/version=([0-9a-f]+)/.exec(without)?.[1]}`);
  await expect(zk.reconfig({ joining: [line] }, { version: version + 1n })).rejects.toMatchObject({
    code: "BAD_VERSION",
  });
  // The line of a server that joins needs a client port.
  const joining = line.includes(";") ? line : `${line};127.0.0.1:${leaving.clientPort}`;
  const again = await zk.reconfig({ joining: [joining] }, { version });
  expect(again.data?.toString()).toContain(joining);
});
