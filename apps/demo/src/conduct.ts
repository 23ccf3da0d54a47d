import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@conclave/client";
import { prepareRedis, startRedis } from "@conclave/services";
import type { Check } from "./check.js";
import { ClusterPlay } from "./cluster/cluster-play.js";
import { PayoutsPlay } from "./payouts/payouts-play.js";
import type { Play, PlaySettings } from "./play.js";
import { ReportsPlay } from "./reports/reports-play.js";
import { SharedEnsemble } from "./shared-ensemble.js";
import { openStage } from "./stage.js";
import type { Timeline } from "./timeline.js";

const SESSION_TIMEOUT_MS = 4000;

export interface ConductOptions {
  /** Connect string of an ensemble that is there already; `undefined`: start a server of our own. */
  readonly servers: string | undefined;
  /** How many processes make reports. */
  readonly instances: number;
  readonly timeline: Timeline;
  /** Aborts when the run is to end early. */
  readonly signal: AbortSignal;
}

/**
 * Runs the plays of all sample apps at once, on one ensemble; then kills the ensemble's server and starts it again (one that
 * was there already is left alone), and judges when all work again. Ends everything that it started.
 */
export async function conduct(options: ConductOptions): Promise<readonly Check[]> {
  const { timeline } = options;
  const tell = (text: string): void => timeline.event(Date.now(), "demo", text);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "conclave-demo-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const own =
    options.servers === undefined ? stack.use(await SharedEnsemble.start(join(folder, "ensemble"))) : undefined;
  const ensemble = options.servers ?? own!.connectString;
  const what = own === undefined ? `the one at ${ensemble}` : `one Conclave server, at ${ensemble}, process ${own.pid}`;
  timeline.event(Date.now(), "ensemble", what);
  const { connectString } = stack.use(await openStage(ensemble, tell));
  const parts = await makeParts(connectString, ["reports", "payouts", "cluster"]);
  const settingsOf = (name: keyof typeof parts): PlaySettings => ({
    servers: parts[name],
    folder,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    timeline,
    signal: options.signal,
  });

  const redisUrl = await findRedisUrl(stack, tell);
  const plays: Play[] = [
    stack.use(new ReportsPlay(settingsOf("reports"), options.instances)),
    ...(redisUrl === undefined ? [] : [stack.use(new PayoutsPlay(settingsOf("payouts"), redisUrl))]),
    stack.use(new ClusterPlay(settingsOf("cluster"))),
  ];
  tell(`started ${options.instances} processes of a NestJS service, workers of a BullMQ queue, and an Express cluster`);
  const unlessBroken = <T>(...steps: readonly Promise<T>[]): Promise<readonly T[]> =>
    Promise.race([Promise.all(steps), ...(own === undefined ? [] : [own.broken])]);
  await unlessBroken(...plays.map((play) => play.run()));
  if (own !== undefined) {
    tell(`kill -KILL ${own.pid}: the ensemble's server is dead; nobody leads, nobody may pay, and all know it`);
    await own.kill();
    await own.restart();
    timeline.event(Date.now(), "ensemble", `started again as process ${own.pid}, with the sessions that it had`);
  }
  await unlessBroken(...plays.map((play) => play.recovered()));
  tell("all work; stopping everything");
  const checks = await Promise.all(plays.map((play) => play.judge()));
  return checks.flat();
}

/** A part of the tree for each play: the connect strings, by name. */
async function makeParts<Name extends string>(
  connectString: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> {
  await using zk = await connect(connectString);
  await Promise.all(names.map((name) => zk.create(`/${name}`)));
  return Object.fromEntries(names.map((name) => [name, `${connectString}/${name}`])) as Record<Name, string>;
}

/** The Redis that is given, or one of this machine; `undefined` where there is none to be had. */
async function findRedisUrl(stack: AsyncDisposableStack, tell: (text: string) => void): Promise<string | undefined> {
  const given = process.env.REDIS_URL;
  if (given) return given;
  const found = await prepareRedis({ progress: tell });
  if (!found.available) {
    tell(`without the payouts, which need Redis: ${found.reason}`);
    return undefined;
  }
  return stack.use(await startRedis({ redis: found, durable: true })).url;
}
