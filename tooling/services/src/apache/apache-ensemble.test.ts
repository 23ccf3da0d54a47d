import { expect } from "vitest";
import { zkCli } from "../cli/zk-cli.ts";
import { processIsAlive } from "../process/process-is-alive.ts";
import { startApacheEnsemble } from "./apache-ensemble.ts";
import { itOnApache } from "./it-on-apache.ts";

itOnApache(
  "an ensemble of three elects a new leader when its leader is killed, and the killed server rejoins",
  async (apache) => {
    const ensemble = await startApacheEnsemble({ apache, servers: 3 });
    const pids = ensemble.servers.map((server) => server.pid!);
    try {
      const leader = (await ensemble.leader())!;
      await leader.kill();
      const others = ensemble.servers.filter((server) => server !== leader);
      await expect.poll(() => ensemble.leader()).toSatisfy((next) => others.includes(next));
      const rest = others.map((server) => `127.0.0.1:${server.clientPort}`).join(",");
      await expect
        .poll(async () => (await zkCli({ apache, connectString: rest, commands: ["ls /"] })).outputs)
        .toEqual(["[zookeeper]\n"]);
      await leader.restart();
      expect(await leader.mode()).toBe("follower");
      pids.push(leader.pid!);
    } finally {
      await ensemble.close();
    }
    expect(pids.filter(processIsAlive)).toEqual([]);
  },
);
