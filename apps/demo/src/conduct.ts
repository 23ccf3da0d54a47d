import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReportStore } from "@conclave/nest-reports/report-store";
import { startEnsemble } from "@conclave/server";
import type { Facts, Outage } from "./facts.js";
import { Follower } from "./follower.js";
import { ServiceProcess } from "./service-process.js";
import { openStage } from "./stage.js";
import type { Timeline } from "./timeline.js";

const SESSION_TIMEOUT_MS = 4000;
/** Short ticks: sessions end within one of them after their timeout. */
const TICK_MS = 200;
const START_LIMIT_MS = 60_000;
const REPORTS_LIMIT_MS = 60_000;

export interface ConductOptions {
  /** Connect string of an ensemble that is there already; `undefined`: start an embedded one. */
  readonly servers: string | undefined;
  readonly instances: number;
  readonly timeline: Timeline;
  /** Aborts when the run is to end early. */
  readonly signal: AbortSignal;
}

/** What the instances answer at /leader. */
interface LeaderAnswer {
  readonly leader: string | null;
  readonly participants: readonly string[];
  readonly sessionTimeoutMs: number;
}

/** Runs the play: start, kill the leader, let the next one hand over; ends everything that it started. */
export async function conduct(options: ConductOptions): Promise<Facts> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "conclave-demo-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const ensemble = options.servers ?? (await embedded(stack, join(folder, "ensemble"), options.timeline));
  const servers = stack.use(await openStage(ensemble)).connectString;
  const database = join(folder, "reports.sqlite");
  const store = stack.adopt(new ReportStore(database), (opened) => opened.close());
  const services = startServices(stack, options.instances, {
    CONCLAVE_SERVERS: servers,
    REPORTS_DB: database,
    SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  });
  const follower = new Follower(store, options.timeline);
  try {
    return await play(options, services, store, follower);
  } catch (cause) {
    const last = services.map(({ name, output }) => `--- the last lines of ${name}\n${output}`).join("\n");
    throw new Error(`${(cause as Error).message}\n${last}`, { cause });
  }
}

async function embedded(stack: AsyncDisposableStack, dataDir: string, timeline: Timeline): Promise<string> {
  const ensemble = stack.use(await startEnsemble({ dataDir, tickTimeMs: TICK_MS }));
  timeline.event(Date.now(), "ensemble", `one Conclave server, at ${ensemble.connectString}`);
  return ensemble.connectString;
}

function startServices(stack: AsyncDisposableStack, count: number, env: NodeJS.ProcessEnv): ServiceProcess[] {
  return Array.from({ length: count }, (_, index) =>
    stack.adopt(new ServiceProcess(`reports-${index + 1}`, env), (service) => service.end("SIGKILL")),
  );
}

/**
 * Four acts: a leader works; it is killed, and another takes over; that one is paused for longer than its session, a
 * third takes over, and the paused one wakes up deposed; the leader is asked to go, and hands over.
 */
async function play(
  { timeline, signal }: ConductOptions,
  services: readonly ServiceProcess[],
  store: ReportStore,
  follower: Follower,
): Promise<Facts> {
  const tell = (actor: string, text: string): void => timeline.event(Date.now(), actor, text);
  const reportsBySuccessorOf = async (former: string | undefined, count: number): Promise<ServiceProcess> =>
    byName(services, await follower.untilReports(former, count, { limitMs: REPORTS_LIMIT_MS, signal }));
  const outages: Outage[] = [];

  tell("demo", `starting ${services.length} processes of a NestJS service; each second one of them makes a report`);
  const line = await follower.until("all services to stand in line", { limitMs: START_LIMIT_MS, signal }, () =>
    askAll(services),
  );
  tell("demo", `all are up; the line: ${line.participants.join(", ")}`);
  const first = await reportsBySuccessorOf(undefined, 3);

  tell("demo", `kill -KILL ${first.pid}: ${first.name}, the leader, is dead`);
  outages.push({ instance: first.name, how: "killed", at: Date.now() });
  await first.end("SIGKILL");
  const second = await reportsBySuccessorOf(first.name, 5);

  tell("demo", `kill -STOP ${second.pid}: ${second.name} stands still, and does not know it`);
  outages.push({ instance: second.name, how: "paused", at: Date.now() });
  second.pause();
  const third = await reportsBySuccessorOf(second.name, 5);
  tell("demo", `kill -CONT ${second.pid}: ${second.name} goes on, deposed; what it writes now has an old token`);
  second.resume();
  await follower.until(`${second.name} to stand in line again`, { limitMs: START_LIMIT_MS, signal }, async () => {
    const answer = await ask(await third.url);
    return answer?.participants.includes(second.name) ? answer : undefined;
  });

  tell("demo", `kill -TERM ${third.pid}: ${third.name} may hand over, so nobody has to wait for its session`);
  await third.end("SIGTERM");
  await reportsBySuccessorOf(third.name, 2);

  tell("demo", "stopping everything");
  await Promise.all(services.map((service) => service.end("SIGTERM")));
  follower.tell();
  const { sessionTimeoutMs } = line;
  return { reports: store.reports(), terms: store.terms(), refusals: store.refusals(), outages, sessionTimeoutMs };
}

/** What the services say of the election once all of them stand in line; `undefined` until then. */
async function askAll(services: readonly ServiceProcess[]): Promise<LeaderAnswer | undefined> {
  const urls = await Promise.all(services.map((service) => service.url));
  const answer = await ask(urls[0]!);
  return answer?.participants.length === services.length ? answer : undefined;
}

/** What one service says of the election; `undefined` if it cannot say now. */
async function ask(url: string): Promise<LeaderAnswer | undefined> {
  const response = await fetch(`${url}/leader`);
  return response.ok ? ((await response.json()) as LeaderAnswer) : undefined;
}

function byName(services: readonly ServiceProcess[], name: string): ServiceProcess {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`${name} made a report, and is none of the services started here`);
  return found;
}
