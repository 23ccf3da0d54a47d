import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ReportStore } from "@conclave/nest-reports/report-store";
import { AppProcess } from "../app-process.js";
import { getJson } from "../get-json.js";
import type { Check, Scenario, ScenarioSettings } from "../scenario.js";
import { StoreMonitor } from "./store-monitor.js";
import { type Outage, verdict } from "./verdict.js";

/** Answer of an instance at /leader. */
interface LeaderAnswer {
  readonly leader: string | null;
  readonly participants: readonly string[];
  readonly sessionTimeoutMs: number;
}

/** One process of the service. */
interface Instance {
  readonly process: AppProcess;
  /** Base URL of its HTTP interface; rejects if the process ends before it listens. */
  readonly url: Promise<string>;
}

/**
 * Several processes of a NestJS service, of which the leader makes a report each second. The first leader is killed. The second
 * is paused for longer than its session lasts, so that it resumes with an old token. The third is stopped with SIGTERM, and
 * hands over leadership.
 */
export class ReportsScenario implements Scenario {
  readonly #settings: ScenarioSettings;
  readonly #store: ReportStore;
  readonly #instances: readonly Instance[];
  readonly #monitor: StoreMonitor;
  readonly #outages: Outage[] = [];
  #sessionTimeoutMs = 0;

  constructor(settings: ScenarioSettings, instances: number) {
    this.#settings = settings;
    const database = join(settings.folder, "reports.sqlite");
    this.#store = new ReportStore(database);
    this.#monitor = new StoreMonitor(this.#store, settings.timeline, settings.signal);
    const env = {
      CONCLAVE_SERVERS: settings.servers,
      REPORTS_DB: database,
      SESSION_TIMEOUT_MS: String(settings.sessionTimeoutMs),
    };
    this.#instances = Array.from({ length: instances }, (_, at) => startInstance(`reports-${at + 1}`, env));
  }

  async run(): Promise<void> {
    try {
      await this.#injectFaults();
    } catch (cause) {
      if (this.#settings.signal.aborted) throw cause;
      const output = this.#instances.map(({ process }) => `--- last lines of ${process.name}\n${process.output}`);
      throw new Error([(cause as Error).message, ...output].join("\n"), { cause });
    }
  }

  async recovered(): Promise<void> {
    const before = this.#store.reports().length;
    await this.#monitor.until(
      "reports after the fail-over of the ensemble",
      () => this.#store.reports().length >= before + 3 || undefined,
    );
  }

  async judge(): Promise<readonly Check[]> {
    await this.#endAll("SIGTERM");
    this.#monitor.logNewRecords();
    return verdict({
      reports: this.#store.reports(),
      terms: this.#store.terms(),
      refusals: this.#store.refusals(),
      outages: this.#outages,
      sessionTimeoutMs: this.#sessionTimeoutMs,
      slackMs: this.#settings.slackMs,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endAll("SIGKILL");
    this.#store.close();
  }

  async #injectFaults(): Promise<void> {
    const everyone = "all processes to take part in the election";
    const { participants, sessionTimeoutMs } = await this.#monitor.until(everyone, () => this.#fullElection());
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#log(`the leader makes a report each second; candidates, in order: ${participants.join(", ")}`);
    const first = (await this.#leaderAfter(undefined, 3)).process;

    this.#log(`kill -KILL ${first.pid}: ${first.name}, the leader, is killed`);
    this.#outages.push({ instance: first.name, fault: "killed", at: Date.now() });
    await first.end("SIGKILL");
    const second = (await this.#leaderAfter(first.name, 5)).process;

    this.#log(`kill -STOP ${second.pid}: ${second.name}, the leader, is paused until its session has expired`);
    this.#outages.push({ instance: second.name, fault: "paused", at: Date.now() });
    this.#store.betweenWrites(() => second.pause());
    const { process: third, url } = await this.#leaderAfter(second.name, 5);
    this.#log(`kill -CONT ${second.pid}: ${second.name} resumes without leadership; the store refuses its old token`);
    second.resume();
    await this.#monitor.until(`${second.name} to take part in the election again`, async () => {
      const answer = await readLeader(await url);
      return answer?.participants.includes(second.name) || undefined;
    });

    this.#log(`kill -TERM ${third.pid}: ${third.name}, the leader, shuts down and hands over at once`);
    await third.end("SIGTERM");
    await this.#leaderAfter(third.name, 2);
  }

  /** Waits until an instance other than `former` has made `count` reports as leader; returns it. */
  async #leaderAfter(former: string | undefined, count: number): Promise<Instance> {
    const name = await this.#monitor.untilReports(former, count);
    const found = this.#instances.find(({ process }) => process.name === name);
    if (found === undefined) throw new Error(`${name} made a report but was not started by this run`);
    return found;
  }

  /** Returns the state of the election once all instances take part; undefined until then. */
  async #fullElection(): Promise<LeaderAnswer | undefined> {
    const urls = await Promise.all(this.#instances.map(({ url }) => url));
    const answer = await readLeader(urls[0]!);
    return answer?.participants.length === urls.length ? answer : undefined;
  }

  async #endAll(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await Promise.all(this.#instances.map(({ process }) => process.end(signal)));
  }

  #log(text: string): void {
    this.#settings.timeline.event(Date.now(), "reports", text);
  }
}

function startInstance(name: string, env: NodeJS.ProcessEnv): Instance {
  const main = fileURLToPath(import.meta.resolve("@conclave/nest-reports/main"));
  const process = new AppProcess(name, main, { env: { ...env, INSTANCE: name, PORT: "0" } });
  const url = process.message<{ readonly url: string }>().then((message) => message.url);
  url.catch(() => {});
  return { process, url };
}

/** Returns the state of the election as an instance sees it; undefined if the instance cannot answer now. */
function readLeader(url: string): Promise<LeaderAnswer | undefined> {
  return getJson(`${url}/leader`);
}
