import { join } from "node:path";
import { ReportStore } from "@conclave/nest-reports/report-store";
import type { Check } from "../check.js";
import type { Play, PlaySettings } from "../play.js";
import type { Outage } from "./facts.js";
import { Follower } from "./follower.js";
import { ServiceProcess } from "./service-process.js";
import { verdict } from "./verdict.js";

const START_LIMIT_MS = 60_000;
const REPORTS_LIMIT_MS = 60_000;

/** What the instances answer at /leader. */
interface LeaderAnswer {
  readonly leader: string | null;
  readonly participants: readonly string[];
  readonly sessionTimeoutMs: number;
}

/**
 * Several processes of a NestJS service, one of which makes a report each second. A leader works; it is killed, and another
 * takes over; that one is paused for longer than its session, a third takes over, and the paused one wakes up deposed; the
 * leader is asked to go, and hands over.
 */
export class ReportsPlay implements Play {
  readonly #settings: PlaySettings;
  readonly #store: ReportStore;
  readonly #services: readonly ServiceProcess[];
  readonly #follower: Follower;
  readonly #outages: Outage[] = [];
  #sessionTimeoutMs = 0;

  constructor(settings: PlaySettings, instances: number) {
    this.#settings = settings;
    const database = join(settings.folder, "reports.sqlite");
    this.#store = new ReportStore(database);
    this.#follower = new Follower(this.#store, settings.timeline);
    const env = {
      CONCLAVE_SERVERS: settings.servers,
      REPORTS_DB: database,
      SESSION_TIMEOUT_MS: String(settings.sessionTimeoutMs),
    };
    this.#services = Array.from({ length: instances }, (_, at) => new ServiceProcess(`reports-${at + 1}`, env));
  }

  async run(): Promise<void> {
    try {
      await this.#acts();
    } catch (cause) {
      if (this.#settings.signal.aborted) throw cause;
      const last = this.#services.map(({ name, output }) => `--- the last lines of ${name}\n${output}`).join("\n");
      throw new Error(`${(cause as Error).message}\n${last}`, { cause });
    }
  }

  async recovered(): Promise<void> {
    const before = this.#store.reports().length;
    const limits = { limitMs: REPORTS_LIMIT_MS, signal: this.#settings.signal };
    await this.#follower.until("reports after the restart", limits, () =>
      this.#store.reports().length >= before + 3 ? true : undefined,
    );
  }

  async judge(): Promise<readonly Check[]> {
    await Promise.all(this.#services.map((service) => service.end("SIGTERM")));
    this.#follower.tell();
    const [reports, terms, refusals] = [this.#store.reports(), this.#store.terms(), this.#store.refusals()];
    return verdict({ reports, terms, refusals, outages: this.#outages, sessionTimeoutMs: this.#sessionTimeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#services.map((service) => service.end("SIGKILL")));
    this.#store.close();
  }

  async #acts(): Promise<void> {
    const { signal } = this.#settings;
    const line = await this.#follower.until("all services to stand in line", { limitMs: START_LIMIT_MS, signal }, () =>
      askAll(this.#services),
    );
    this.#sessionTimeoutMs = line.sessionTimeoutMs;
    this.#tell(`each second one of them makes a report; the line: ${line.participants.join(", ")}`);
    const first = await this.#reportsBySuccessorOf(undefined, 3);

    this.#tell(`kill -KILL ${first.pid}: ${first.name}, the leader, is dead`);
    this.#outages.push({ instance: first.name, how: "killed", at: Date.now() });
    await first.end("SIGKILL");
    const second = await this.#reportsBySuccessorOf(first.name, 5);

    this.#tell(`kill -STOP ${second.pid}: ${second.name} stands still, and does not know it`);
    this.#outages.push({ instance: second.name, how: "paused", at: Date.now() });
    second.pause();
    const third = await this.#reportsBySuccessorOf(second.name, 5);
    this.#tell(`kill -CONT ${second.pid}: ${second.name} goes on, deposed; what it writes now has an old token`);
    second.resume();
    const again = `${second.name} to stand in line again`;
    await this.#follower.until(again, { limitMs: START_LIMIT_MS, signal }, async () => {
      const answer = await ask(await third.url);
      return answer?.participants.includes(second.name) ? answer : undefined;
    });

    this.#tell(`kill -TERM ${third.pid}: ${third.name} may hand over, so nobody has to wait for its session`);
    await third.end("SIGTERM");
    await this.#reportsBySuccessorOf(third.name, 2);
  }

  async #reportsBySuccessorOf(former: string | undefined, count: number): Promise<ServiceProcess> {
    const limits = { limitMs: REPORTS_LIMIT_MS, signal: this.#settings.signal };
    const name = await this.#follower.untilReports(former, count, limits);
    const found = this.#services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`${name} made a report, and is none of the services started here`);
    return found;
  }

  #tell(text: string): void {
    this.#settings.timeline.event(Date.now(), "reports", text);
  }
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
