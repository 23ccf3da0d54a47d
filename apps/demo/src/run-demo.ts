import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { prepareRedis, startRedis } from "@conclave/services";
import { ClusterScenario } from "./cluster/cluster-scenario.js";
import { FailoverScenario } from "./ensemble/failover-scenario.js";
import { OwnEnsemble, type OwnEnsembleOptions } from "./ensemble/own-ensemble.js";
import { PayoutsScenario } from "./payouts/payouts-scenario.js";
import { ReportsScenario } from "./reports/reports-scenario.js";
import { createRunChroot } from "./run-chroot.js";
import type { Check, Scenario, ScenarioSettings } from "./scenario.js";

export interface DemoOptions
  extends Omit<ScenarioSettings, "servers" | "folder">,
    Pick<OwnEnsembleOptions, "onServers"> {
  /** Connect string of a running ensemble; undefined: the demo starts three servers. */
  readonly servers: string | undefined;
  /** Number of processes that make reports. */
  readonly instances: number;
}

/**
 * Runs the scenarios of all sample apps at once on one ensemble. Then kills the leading server, if the demo has started the
 * ensemble, and waits until all apps work on the others. Returns the checks of all scenarios; ends everything that was started.
 */
export async function runDemo({ servers, instances, onServers, ...options }: DemoOptions): Promise<readonly Check[]> {
  const { timeline } = options;
  const log = (text: string): void => timeline.event(Date.now(), "demo", text);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "conclave-demo-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { signal } = options;
  const dataDir = join(folder, "ensemble");
  const own = servers === undefined ? stack.use(await OwnEnsemble.start({ dataDir, signal, onServers })) : undefined;
  const ensemble = servers ?? own!.connectString;
  timeline.event(Date.now(), "ensemble", own === undefined ? `given, at ${ensemble}` : await describe(own));
  const { connectString } = stack.use(await createRunChroot(ensemble, log));
  const chroots = await createChroots(connectString, ["reports", "payouts", "cluster", "writes"]);
  const settingsOf = (name: keyof typeof chroots): ScenarioSettings => ({ ...options, servers: chroots[name], folder });

  const failover = own && stack.use(await FailoverScenario.start(own, settingsOf("writes")));
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
  if (failover !== undefined) await unlessBroken(failover.run());
  await unlessBroken(...scenarios.map((scenario) => scenario.recovered()));
  log("all apps work; stopping them");
  const judged = failover === undefined ? scenarios : [...scenarios, failover];
  const checks = await Promise.all(judged.map((scenario) => scenario.judge()));
  return checks.flat();
}

async function describe(own: OwnEnsemble): Promise<string> {
  const { id, pid } = await own.leader();
  return `three servers at ${own.connectString}; server.${id} leads, process ${pid}`;
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
