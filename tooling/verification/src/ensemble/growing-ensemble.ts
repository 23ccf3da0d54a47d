import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { type EnsembleOptions, startServer, type ZooKeeperServer } from "@conclave/server";
import { freeAddresses, type ServerAddress } from "@conclave/services";
import { eventually } from "@conclave/testing";

const HOST = "127.0.0.1";
const SESSION_MS = 60_000;
const SUPER_USER = "root:secret";
const superDigest = `root:${createHash("sha1").update(SUPER_USER).digest("base64")}`;

/** Ensemble of our servers in this process, whose members change while it runs. Their ids count from 1. */
export class GrowingEnsemble implements AsyncDisposable {
  readonly servers = new Map<number, ZooKeeperServer>();
  /** Decisions of elections, in order. */
  readonly decisions: { readonly server: number; readonly leader: number }[] = [];
  readonly #folder: string;
  readonly #addresses: readonly ServerAddress[];
  readonly #options: EnsembleOptions;
  readonly #clients: ZooKeeper[] = [];

  private constructor(folder: string, addresses: readonly ServerAddress[], options: EnsembleOptions) {
    this.#folder = folder;
    this.#addresses = addresses;
    this.#options = options;
  }

  /** Starts the servers 1 to `count`. Resolves when all of them serve. Up to five can exist. */
  static async start(count: number, options: EnsembleOptions = {}): Promise<GrowingEnsemble> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-growing-"));
    const ensemble = new GrowingEnsemble(folder, await freeAddresses(5), { reconfigEnabled: true, ...options });
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    const lines = ids.map((id) => ensemble.line(id));
    try {
      await Promise.all(ids.map((id) => ensemble.startServer(id, lines)));
      await ensemble.serving(ids);
      return ensemble;
    } catch (error) {
      await ensemble[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Returns the line of a server, with its port for clients. */
  line(id: number, role: "participant" | "observer" = "participant"): string {
    const { quorumPort, electionPort, clientPort } = this.#addresses[id - 1]!;
    return `server.${id}=${HOST}:${quorumPort}:${electionPort}:${role};${HOST}:${clientPort}`;
  }

  folderOf(id: number): string {
    return join(this.#folder, String(id));
  }

  /** Starts a server with the lines of an ensemble, which it may be joining. Resolves when its ports are open. */
  async startServer(id: number, lines: readonly string[], options: EnsembleOptions = {}): Promise<ZooKeeperServer> {
    const server = await startServer({
      ...{ dataDir: this.folderOf(id), clientPort: this.#addresses[id - 1]!.clientPort, superDigest },
      ...{ tickTimeMs: 500, maxSessionTimeoutMs: SESSION_MS, logger: this.#loggerOf(id) },
      ensemble: { ...this.#options, ...options, id, servers: lines.join("\n") },
    });
    this.servers.set(id, server);
    return server;
  }

  #loggerOf(server: number): Logger {
    const info = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (message === "election decided") this.decisions.push({ server, leader: Number(fields?.leader) });
    };
    return { ...silentLogger, info };
  }

  async stopServer(id: number): Promise<void> {
    await this.servers.get(id)?.close();
    this.servers.delete(id);
  }

  /** Resolves when these servers serve clients. */
  async serving(ids: readonly number[]): Promise<void> {
    await Promise.all(ids.map((id) => this.servers.get(id)!.whenServing()));
  }

  /** Resolves with the id of the leader, once there is one. */
  leader(): Promise<number> {
    return eventually(() => {
      const [leader] = [...this.servers].filter(([, { mode }]) => mode === "leader");
      if (leader === undefined) throw new Error("there is no leader");
      return leader[0];
    });
  }

  async follower(): Promise<number> {
    const leader = await this.leader();
    return [...this.servers.keys()].find((id) => id !== leader)!;
  }

  /** Returns a client of some servers. Super users may reconfigure the ensemble. It is closed with the ensemble. */
  async client(ids: readonly number[] = [...this.servers.keys()], isSuperUser = true): Promise<ZooKeeper> {
    const zk = await connect(ids.map((id) => `${HOST}:${this.#addresses[id - 1]!.clientPort}`).join(","), {
      ...{ sessionTimeoutMs: SESSION_MS, connectTimeoutMs: SESSION_MS, backoff: { maxMs: 50 } },
      auth: isSuperUser ? [{ scheme: "digest", auth: SUPER_USER }] : [],
    });
    this.#clients.push(zk);
    return zk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#clients.map((zk) => zk.close()));
    await Promise.allSettled([...this.servers.values()].map((server) => server.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
