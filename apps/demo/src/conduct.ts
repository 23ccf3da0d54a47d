import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReportStore } from "@conclave/nest-reports/report-store";
import { startEnsemble } from "@conclave/server";
import type { Facts } from "./facts.js";
import { Follower } from "./follower.js";
import { ServiceProcess } from "./service-process.js";
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
  const servers = options.servers ?? (await embedded(stack, join(folder, "ensemble"), options.timeline));
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

async function play(
  { timeline, signal }: ConductOptions,
  services: readonly ServiceProcess[],
  store: ReportStore,
  follower: Follower,
): Promise<Facts> {
  const tell = (actor: string, text: string): void => timeline.event(Date.now(), actor, text);
  const until = <T>(
    what: string,
    limitMs: number,
    condition: () => T | undefined | Promise<T | undefined>,
  ): Promise<T> =>
    follower.until(what, limitMs, () => {
      signal.throwIfAborted();
      return condition();
    });

  tell("demo", `starting ${services.length} processes of a NestJS service; each second one of them makes a report`);
  const line = await until("all services to stand in line", START_LIMIT_MS, async () => {
    const answer = await askAny(services);
    return answer?.participants.length === services.length ? answer : undefined;
  });
  tell("demo", `all are up; the line: ${line.participants.join(", ")}`);
  const leader = byName(services, await follower.untilReports(undefined, 3, REPORTS_LIMIT_MS));

  tell("demo", `kill -9 ${leader.pid}: the leader, ${leader.name}`);
  const kill = { instance: leader.name, at: Date.now() };
  await leader.end("SIGKILL");
  const second = byName(services, await follower.untilReports(leader.name, 6, REPORTS_LIMIT_MS));

  if (services.length > 2) {
    tell("demo", `kill -TERM ${second.pid}: ${second.name} may hand over, so nobody has to wait for its session`);
    await second.end("SIGTERM");
    await follower.untilReports(second.name, 2, REPORTS_LIMIT_MS);
  }
  tell("demo", "stopping everything");
  await Promise.all(services.map((service) => service.end("SIGTERM")));
  follower.tell();
  return {
    reports: store.reports(),
    terms: store.terms(),
    refusals: store.refusals(),
    kill,
    sessionTimeoutMs: line.sessionTimeoutMs,
  };
}

/** What the instances say of the election, once all of them listen; `undefined` if they cannot say now. */
async function askAny(services: readonly ServiceProcess[]): Promise<LeaderAnswer | undefined> {
  const urls = await Promise.all(services.map((service) => service.url));
  const response = await fetch(`${urls[0]}/leader`);
  return response.ok ? ((await response.json()) as LeaderAnswer) : undefined;
}

function byName(services: readonly ServiceProcess[], name: string): ServiceProcess {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`${name} made a report, and is none of the services started here`);
  return found;
}
