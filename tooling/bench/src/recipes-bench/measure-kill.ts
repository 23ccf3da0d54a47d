import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@conclave/client";
import { MessageProcess } from "../message-process.ts";
import type { BenchServer } from "../server-bench/servers.ts";
import { ZOO_CFG } from "../server-bench/zoo-cfg.ts";
import type { Contender } from "./contender.ts";
import { EXPIRY_FIGURE, KILL_FIGURE } from "./figure-names.ts";
import { KILLED_SESSION_TIMEOUT_MS } from "./plan.ts";

/**
 * Kills the process of a leader. Resolves with figures: the milliseconds until the next one leads, from before the kill, and
 * from when a bystander heard that the leader's znode went with its session. Only the latter are the recipe's.
 */
export async function measureKill(
  { command }: Contender,
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
  const gone = new Promise<number>((resolve, reject) => {
    const watch = (): void => resolve(performance.now());
    bystander.exists(`${path}/${znode}`, { watch }).catch(reject);
  });
  await next.ask("stand", fields);
  // Any moment between two pings and between two ticks of the server is as likely.
  await delay(Math.random() * ZOO_CFG.tickTime);
  const elected = next.ask("elected").then(() => performance.now());
  const killedAt = performance.now();
  void leader.kill();
  const [electedAt, goneAt] = await Promise.all([elected, gone]);
  return { [KILL_FIGURE]: electedAt - killedAt, [EXPIRY_FIGURE]: electedAt - goneAt };
}
