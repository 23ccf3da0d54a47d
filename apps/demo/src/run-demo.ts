import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { prepareRedis, startRedis } from "@conclave/services";
import { ClusterScenario } from "./cluster/cluster-scenario.js";
import { PayoutsScenario } from "./payouts/payouts-scenario.js";
import { ReportsScenario } from "./reports/reports-scenario.js";
import { createRunChroot } from "./run-chroot.js";
import type { Check, Scenario, ScenarioSettings } from "./scenario.js";
import { SharedEnsemble } from "./shared-ensemble.js";

export interface DemoOptions extends Omit<ScenarioSettings, "servers" | "folder"> {
  /** Connect string of a running ensemble; undefined: the demo starts a server. */
  readonly servers: string | undefined;
  /** Number of processes that make reports. */
  readonly instances: number;
}

/**
 * Runs the scenarios of all sample apps at once on one ensemble. Then kills the ensemble's server, if the demo has started it,
 * restarts it, and waits until all apps work again. Returns the checks of all scenarios; ends everything that was started.
 */
export async function runDemo({ servers, instances, ...options }: DemoOptions): Promise<readonly Check[]> {
  const { timeline } = options;
  const log = (text: string): void => timeline.event(Date.now(), "demo", text);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "conclave-demo-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const own = servers === undefined ? stack.use(await SharedEnsemble.start(join(folder, "ensemble"))) : undefined;
  const ensemble = servers ?? own!.connectString;
  const description = own === undefined ? `given, at ${ensemble}` : `one server at ${ensemble}, process ${own.pid}`;
  timeline.event(Date.now(), "ensemble", description);
  const { connectString } = stack.use(await createRunChroot(ensemble, log));
  const chroots = await createChroots(connectString, ["reports", "payouts", "cluster"]);
  const settingsOf = (name: keyof typeof chroots): ScenarioSettings => ({ ...options, servers: chroots[name], folder });

  const redisUrl = await findRedisUrl(stack, log);
  const scenarios: Scenario[] = [
    stack.use(new ReportsScenario(settingsOf("reports"), instances)),
    ...(redisUrl === undefined ? [] : [stack.use(new PayoutsScenario(settingsOf("payouts"), redisUrl))]),
    stack.use(new ClusterScenario(settingsOf("cluster"))),
  ];
  log(`started ${instances} processes of a NestJS service, workers of a BullMQ queue, and an Express cluster`);
  const unlessBroken = <T>(...steps: readonly Promise<T>[]): Promise<readonly T[]> =>
    Promise.race([Promise.all(steps), ...(own === undefined ? [] : [own.broken])]);
  await unlessBroken(...scenarios.map((scenario) => scenario.run()));
  if (own !== undefined) {
    log(`kill -KILL ${own.pid}: the ensemble's server is killed; the apps suspend all work under a grant`);
    await own.kill();
    await own.restart();
    timeline.event(Date.now(), "ensemble", `restarted as process ${own.pid}, with the same data and sessions`);
  }
  await unlessBroken(...scenarios.map((scenario) => scenario.recovered()));
  log("all apps work; stopping them");
  const checks = await Promise.all(scenarios.map((scenario) => scenario.judge()));
  return checks.flat();
}

/** Creates a znode for each name and returns the connect strings that have it as chroot. */
async function createChroots<Name extends string>(
  connectString: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  await using zk = await connect(connectString);
  await Promise.all(names.map((name) => zk.create(`/${name}`)));
  return Object.fromEntries(names.map((name) => [name, `${connectString}/${name}`])) as Record<Name, string>;
}

/** Returns `REDIS_URL`, or the URL of a Redis that is started here; undefined, and logged, if Redis is not available. */
async function findRedisUrl(stack: AsyncDisposableStack, log: (text: string) => void): Promise<string | undefined> {
  const given = process.env.REDIS_URL;
  if (given) return given;
  const found = await prepareRedis({ progress: log });
  if (!found.available) {
    log(`skipping the payouts, which need Redis: ${found.reason}`);
    return undefined;
  }
  return stack.use(await startRedis({ redis: found, durable: true })).url;
}
