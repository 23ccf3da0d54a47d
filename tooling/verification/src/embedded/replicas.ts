import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@conclave/runtime";
import { type EnsembleReplica, type JoinEnsembleOptions, joinEnsemble } from "@conclave/server";
import { onTestFinished } from "vitest";

/** Options that a test may change; the rest follows from the id. */
export type ReplicaChanges = Partial<Omit<JoinEnsembleOptions, "ports" | "id">>;

const PORTS_OF_ONE = 4;

/** Replicas of one service on this machine, each with a directory and ports of its own. They are closed when the test has ended. */
export class Replicas {
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #running = new Map<number, EnsembleReplica>();
  readonly #count: number;

  private constructor(folder: string, ports: readonly number[], count: number) {
    this.#folder = folder;
    this.#ports = ports;
    this.#count = count;
  }

  /** Makes room for `count` replicas, and starts none. */
  static async prepare(count: number): Promise<Replicas> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-replicas-"));
    const replicas = new Replicas(folder, await freePorts(PORTS_OF_ONE * count), count);
    onTestFinished(async () => {
      await Promise.allSettled([...replicas.#running.values()].map((each) => each.close()));
      await rm(folder, { recursive: true, force: true });
    });
    return replicas;
  }

  get running(): readonly EnsembleReplica[] {
    return [...this.#running.values()];
  }

  /** Addresses of the discovery ports of all of them. */
  get peers(): readonly string[] {
    return Array.from({ length: this.#count }, (_, index) => `127.0.0.1:${this.portsOf(index + 1).discovery}`);
  }

  portsOf(id: number): Required<NonNullable<JoinEnsembleOptions["ports"]>> {
    const [discovery = 0, quorum = 0, election = 0, client = 0] = this.#ports.slice(PORTS_OF_ONE * (id - 1));
    return { discovery, quorum, election, client };
  }

  folderOf(id: number): string {
    return join(this.#folder, String(id));
  }

  /** URL of a probe. */
  probeOf(id: number, probe: "livez" | "readyz"): string {
    return `http://127.0.0.1:${this.portsOf(id).discovery}/${probe}`;
  }

  optionsOf(id: number): JoinEnsembleOptions {
    return {
      ...{ name: "orders", id, dataDir: this.folderOf(id), peers: this.peers, ports: this.portsOf(id) },
      ...{ host: "127.0.0.1", thread: "main", server: { tickTimeMs: 200, preAllocBytes: 65_536 } },
    };
  }

  /** Starts one, in this thread. */
  async start(id: number, changes: ReplicaChanges = {}): Promise<EnsembleReplica> {
    const replica = await joinEnsemble({ ...this.optionsOf(id), ...changes });
    this.#running.set(id, replica);
    return replica;
  }

  /** Starts several at once. Resolves when all of them serve clients. */
  async startAll(ids: readonly number[], changes: ReplicaChanges = {}): Promise<EnsembleReplica[]> {
    const started = await Promise.all(ids.map((id) => this.start(id, changes)));
    await Promise.all(started.map((each) => each.whenReady()));
    return started;
  }

  /** Closes one, and keeps its directory. */
  async stop(id: number): Promise<void> {
    await this.#running.get(id)?.close();
    this.#running.delete(id);
  }

  /** Closes one, and removes its directory. */
  async lose(id: number): Promise<void> {
    await this.stop(id);
    await rm(this.folderOf(id), { recursive: true, force: true });
  }
}
