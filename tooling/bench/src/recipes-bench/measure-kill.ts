import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@conclave/client";
import { MessageProcess } from "../processes/message-process.ts";
import type { BenchServer } from "../server-bench/servers.ts";
import { ZOO_CFG } from "../server-bench/zoo-cfg.ts";
import { EXPIRY_FIGURE, KILL_FIGURE } from "./figure-names.ts";
import type { Library } from "./library.ts";
import { KILLED_SESSION_TIMEOUT_MS } from "./plan.ts";

/**
 * Kills the process of a leader. Resolves with the milliseconds until the next one leads, from before the kill and from the
 * event that deleted the leader's znode with its session. Only the latter time depends on the recipe.
 */
export async function measureKill(
  { command }: Library,
  { port }: BenchServer,
  path: string,
): Promise<Readonly<Record<string, number>>> {
  const server = `127.0.0.1:${port}`;
  const fields = { server, path, sessionTimeoutMs: KILLED_SESSION_TIMEOUT_MS };
  await using leader = await MessageProcess.start(command);
  await using next = await MessageProcess.start(command);
  await using bystander = await connect(server);
  await leader.ask("lead", fields);
  const [znode] = await bystander.getChildren(path);
  const deleted = new Promise<number>((resolve, reject) => {
    const watch = (): void => resolve(performance.now());
    bystander.exists(`${path}/${znode}`, { watch }).catch(reject);
  });
  await next.ask("campaign", fields);
  // A random moment between two pings, and between two ticks of the server.
  await delay(Math.random() * ZOO_CFG.tickTime);
  const elected = next.ask("elected").then(() => performance.now());
  const killedAt = performance.now();
  void leader.kill();
  const [electedAt, deletedAt] = await Promise.all([elected, deleted]);
  return { [KILL_FIGURE]: electedAt - killedAt, [EXPIRY_FIGURE]: electedAt - deletedAt };
}
