import {
  type EnsembleMember,
  type EnsembleProcessChange,
  type EnsembleProcesses,
  startEnsembleProcesses,
} from "@conclave/cli";
import { pollUntil } from "../poll-until.js";

const SERVERS = 3;
/** A session expires within one tick after its timeout: short ticks keep the demo short. */
const TICK_MS = 200;

/** A server as the page shows it. */
export type ShownServer = Pick<EnsembleMember, "id" | "connectString" | "pid" | "mode">;

/** Settings of {@link OwnEnsemble}. */
export interface OwnEnsembleOptions {
  readonly dataDir: string;
  /** Ends the start, and waits for a leader. */
  readonly signal: AbortSignal;
  /** Receives all servers after each change, and at the start. */
  readonly onServers: (servers: readonly ShownServer[]) => void;
}

/** Fail-over from a leader that was killed. Times are in milliseconds since 1970. */
export interface Failover {
  /** Id of the server that was killed. */
  readonly killed: number;
  readonly killedAt: number;
  /** Id of the next leader. */
  readonly next: number;
  /** Time at which the next leader served. */
  readonly servedAt: number;
}

/** Three durable Conclave servers in processes of their own; the leading one can be killed and restarted on the same data. */
export class OwnEnsemble implements AsyncDisposable {
  /** Rejects, with the last output of the server, if a server exits unexpectedly. */
  readonly broken: Promise<never>;
  readonly #options: OwnEnsembleOptions;
  readonly #processes: EnsembleProcesses;
  readonly #killed = new Set<number>();
  /** Time at which the present leader served; `undefined` without one. */
  #servedAt: number | undefined;
  #reject = (_error: Error): void => {};

  private constructor(options: OwnEnsembleOptions, processes: EnsembleProcesses) {
    this.#options = options;
    this.#processes = processes;
    this.broken = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.broken.catch(() => {});
    options.onServers(this.servers);
  }

  /** Starts the servers on free ports. Resolves when all of them serve clients. */
  static async start(options: OwnEnsembleOptions): Promise<OwnEnsemble> {
    const { dataDir, signal } = options;
    let own: OwnEnsemble | undefined;
    const processes = await startEnsembleProcesses({
      ...{ servers: SERVERS, dataDir, tickTimeMs: TICK_MS, signal },
      onChange: (change) => {
        if (own !== undefined) own.#changed(change);
      },
    });
    own = new OwnEnsemble(options, processes);
    return own;
  }

  get connectString(): string {
    return this.#processes.connectString;
  }

  get servers(): readonly ShownServer[] {
    return this.#processes.members.map(({ id, connectString, pid, mode }) => ({ id, connectString, pid, mode }));
  }

  /** Waits for a leader and returns it. */
  leader(): Promise<ShownServer> {
    const { signal } = this.#options;
    return pollUntil("the servers to elect a leader", signal, () =>
      this.servers.find(({ id }) => id === this.#processes.leader),
    );
  }

  /** Kills a server, which leads, with SIGKILL. Resolves when another one leads. */
  async failOver({ id: killed }: ShownServer): Promise<Failover> {
    const killedAt = Date.now();
    this.#killed.add(killed);
    await this.#processes.kill(killed, "SIGKILL");
    const next = await this.leader();
    return { killed, killedAt, next: next.id, servedAt: this.#servedAt ?? Date.now() };
  }

  /** Starts a killed server again on the same port and data. Resolves when it serves clients. */
  async restart(id: number): Promise<void> {
    await this.#processes.restart(id);
    this.#killed.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes.close();
  }

  #changed(change: EnsembleProcessChange): void {
    if (change.type === "leader") this.#servedAt = change.leader === undefined ? undefined : Date.now();
    if (change.type === "ended" && !this.#killed.has(change.id)) {
      const { id, code, signal, output } = change;
      this.#reject(
        new Error(`server.${id} of the ensemble exited unexpectedly with ${signal ?? `code ${code}`}\n${output}`),
      );
    }
    this.#options.onServers(this.servers);
  }
}
