import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "@conclave/runtime";
import { ReplicaProcess } from "./replica-process.js";

const PORTS_OF_ONE = 5;
const POLL_MS = 50;
/** Only a hang takes this long, on a busy machine too. */
const LIMIT_MS = 180_000;
const ANSWER_MS = 2_000;

/** Answer of a replica at /replicas. */
export interface EnsembleAnswer {
  readonly replicas: readonly {
    readonly id: number;
    readonly role: string;
    readonly isReady: boolean;
    readonly makesRuns: boolean;
  }[];
}

/** Settings of {@link Replicas}. */
export interface ReplicasOptions {
  readonly folder: string;
  readonly database: string;
  readonly periodMs: number;
  readonly sessionTimeoutMs: number;
}

/** Three replicas of the service, each a process with a folder and ports of its own on loopback. */
export class Replicas implements AsyncDisposable {
  readonly ids: readonly number[] = [1, 2, 3];
  readonly #options: ReplicasOptions;
  readonly #ports: readonly number[];
  readonly #running = new Map<number, ReplicaProcess>();
  readonly #stop: AbortController;
  readonly #secret = randomUUID();

  private constructor(options: ReplicasOptions, ports: readonly number[], stop: AbortController) {
    this.#options = options;
    this.#ports = ports;
    this.#stop = stop;
  }

  /** Starts all of them. `stop` is aborted if one exits unexpectedly; waits reject then. */
  static async start(options: ReplicasOptions, stop: AbortController): Promise<Replicas> {
    const replicas = new Replicas(options, await freePorts(PORTS_OF_ONE * 3), stop);
    for (const id of replicas.ids) replicas.start(id);
    return replicas;
  }

  /** Starts one. Returns its process id. */
  start(id: number): number | undefined {
    const [port, ...ports] = this.#portsOf(id);
    const { database, periodMs, sessionTimeoutMs } = this.#options;
    const peers = this.ids.map((each) => `127.0.0.1:${this.#portsOf(each)[1]}`);
    const env = {
      ...{ REPLICA: String(id), HOST: "127.0.0.1", PORT: String(port), ENSEMBLE_PORTS: ports.join(",") },
      ...{
        PEERS: peers.join(","),
        DATA_DIR: this.#folderOf(id),
        INVOICES_DB: database,
        EXPECT: "3",
        ENSEMBLE_SECRET: this.#secret,
      },
      ...{ PERIOD_MS: String(periodMs), SESSION_TIMEOUT_MS: String(sessionTimeoutMs), NO_COLOR: "1" },
    };
    const replica = new ReplicaProcess(id, env, (error) => this.#stop.abort(error));
    this.#running.set(id, replica);
    return replica.pid;
  }

  /** Ends one, and removes its folder if `losesDisk` is true. */
  async end(id: number, signal: "SIGTERM" | "SIGKILL", losesDisk = false): Promise<void> {
    const replica = this.#running.get(id);
    this.#running.delete(id);
    await replica?.end(signal);
    if (losesDisk) await rm(this.#folderOf(id), { recursive: true, force: true });
  }

  /** Stops all threads of one that runs, until {@link resume}. */
  pause(id: number): void {
    this.#running.get(id)?.pause();
  }

  resume(id: number): void {
    this.#running.get(id)?.resume();
  }

  /** URL of the page of one, also while it does not run. */
  urlOf(id: number): string {
    return `http://127.0.0.1:${this.#portsOf(id)[0]}`;
  }

  /** Waits until one serves its page, and its own server is in the quorum. */
  async whenReady(id: number): Promise<void> {
    await this.until(`replica ${id} to be ready`, async () => {
      const answers = [isOk(`${this.urlOf(id)}/runs`), this.isReady(id)];
      return (await Promise.all(answers)).every((each) => each) || undefined;
    });
  }

  /** Waits until all replicas see all of them as ready voters, and the same leader. Returns the ids that each of them sees. */
  async whenAgreed(): Promise<readonly (readonly number[])[]> {
    return this.until("all replicas to be in the quorum", async () => {
      const views = await Promise.all(this.ids.map((id) => this.seenBy(id)));
      const leaders = new Set(views.map((view) => view?.find(({ role }) => role === "leader")?.id));
      const voters = views.map((view = []) =>
        view.filter(({ role, isReady }) => isReady && (role === "leader" || role === "follower")).map(({ id }) => id),
      );
      const isComplete = voters.every(({ length }) => length === this.ids.length);
      return isComplete && leaders.size === 1 && !leaders.has(undefined) ? voters : undefined;
    });
  }

  /** Returns true if the server of one has a leader. */
  isReady(id: number): Promise<boolean> {
    return isOk(`http://127.0.0.1:${this.#portsOf(id)[1]}/readyz`);
  }

  /** Returns the replicas as one of them sees them; undefined if it does not answer. */
  async seenBy(id: number): Promise<EnsembleAnswer["replicas"] | undefined> {
    const response = await get(`${this.urlOf(id)}/replicas`);
    if (!response?.ok) return undefined;
    return ((await response.json()) as EnsembleAnswer).replicas;
  }

  /** Calls `read` until it returns a value. Rejects with the last lines of all replicas after three minutes. */
  async until<T>(subject: string, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const value = await read();
      if (value !== undefined) return value;
      if (performance.now() > deadline) {
        const output = [...this.#running.values()].map((each) => `--- replica ${each.id}\n${each.output}`);
        throw new Error([`timed out waiting for ${subject}`, ...output].join("\n"));
      }
      await this.elapse(POLL_MS);
    }
  }

  /** Waits for `ms`. Rejects with the reason as soon as the run is stopped. */
  async elapse(ms: number): Promise<void> {
    const { signal } = this.#stop;
    await wait(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** Ends all with SIGTERM, one after the other. */
  async stopAll(): Promise<void> {
    for (const id of this.ids) await this.end(id, "SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.ids.map((id) => this.end(id, "SIGKILL")));
  }

  #portsOf(id: number): readonly number[] {
    return this.#ports.slice(PORTS_OF_ONE * (id - 1), PORTS_OF_ONE * id);
  }

  #folderOf(id: number): string {
    return join(this.#options.folder, `replica-${id}`);
  }
}

async function isOk(url: string): Promise<boolean> {
  const response = await get(url);
  await response?.body?.cancel();
  return response?.ok === true;
}

async function get(url: string): Promise<Response | undefined> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  } catch {
    return undefined;
  }
}
