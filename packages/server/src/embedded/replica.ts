import { type Clock, type Logger, pause } from "@conclave/runtime";
import type { HttpPort } from "../admin/http-port.js";
import type { EnsembleOptions } from "../options/ensemble-options.js";
import type { QuorumTlsOptions } from "../options/quorum-tls-options.js";
import type { ServerOptions } from "../options/server-options.js";
import { SecureNetwork } from "../quorum/secure-network.js";
import { startServer } from "../server.js";
import { type FileLayer, systemFiles } from "../storage/file-layer.js";
import { VERSION_FOLDER } from "../storage/file-names.js";
import type { FolderLock } from "../storage/folder-lock.js";
import type { ZooKeeperServer } from "../zookeeper-server.js";
import { nextStep, refusalOf } from "./bootstrap.js";
import { Discovery } from "./discovery.js";
import { discoveryPort, type Readiness } from "./discovery-port.js";
import { LagGuard } from "./lag-guard.js";
import type { PeerSource } from "./peers.js";
import { ReplicaFile } from "./replica-file.js";
import {
  type InitialConfiguration,
  initialLines,
  type ReplicaAddress,
  type ReplicaInfo,
  serverLine,
} from "./replica-info.js";
import { Seals } from "./sealed.js";

/** A replica with everything decided. */
export interface ReplicaOptions {
  readonly dataDir: string;
  readonly name: string;
  readonly id: number;
  readonly expect: number;
  readonly peers: PeerSource;
  readonly address: ReplicaAddress;
  /** Local address of all ports. */
  readonly listenAddress: string;
  readonly discoveryPort: number;
  readonly secret: string | undefined;
  /** Key and certificates for the other replicas; undefined: no TLS. */
  readonly tls: QuorumTlsOptions | undefined;
  /** Further options of the server. */
  readonly server: Omit<ServerOptions, "ensemble" | "dataDir" | "clientPort" | "clientPortAddress">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once if the server had to stop by itself: its log can no longer be written. */
  readonly onFailure: (cause: unknown) => void;
}

/** Interval of questions to the other replicas while this one has no leader, and while it has one, in milliseconds. */
const SEARCH_INTERVAL_MS = 300;
const SERVING_INTERVAL_MS = 5_000;

/** One replica: finds the others, forms or joins the ensemble, and runs a server of it. See SPEC.md. */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #discovery: Discovery;
  readonly #port: HttpPort;
  readonly #file: ReplicaFile;
  readonly #lock: FolderLock | undefined;
  readonly #closing = new AbortController();
  readonly #started = deferred<ZooKeeperServer>();
  #server: ZooKeeperServer | undefined;
  #guard: LagGuard | undefined;
  /** Reason for which this replica is not ready, while it has no server. */
  #waitsFor = "the other replicas have not been asked yet";
  /** Settles when the replica asks the others no more. */
  #running: Promise<void> = Promise.resolve();
  /** Changes of the replica's file, one after the other. */
  #storing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(options: ReplicaOptions, file: ReplicaFile, lock: FolderLock | undefined) {
    const { name, peers, clock, logger, listenAddress, secret, tls } = options;
    const seals = new Seals(secret);
    // Probes have no certificate.
    const network =
      tls && new SecureNetwork({ tls, dialsTls: true, acceptsPlain: true, authentication: undefined, logger });
    this.#options = options;
    // Nobody may be waiting when the replica is closed.
    this.#started.promise.catch(() => {});
    this.#file = file;
    this.#lock = lock;
    this.#discovery = new Discovery({ name, peers, seals, network, clock, logger });
    this.#port = discoveryPort({
      ...{ address: listenAddress, port: options.discoveryPort, seals, network, logger },
      wallTime: () => clock.wallTime(),
      info: () => this.info,
      readiness: () => this.readiness,
      accept: (initial) => this.#exclusive(() => this.#accept(initial)),
    });
  }

  /**
   * Opens the data directory and the discovery port, then looks for the others. Rejects with a {@link StorageError} if the directory is
   * not this replica's, and with Node.js's error if a port is in use; nothing stays open then.
   */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const { dataDir, name, id } = options;
    await systemFiles.makeFolder(dataDir);
    const lock = await systemFiles.lock(dataDir);
    let replica: Replica | undefined;
    try {
      const file = await ReplicaFile.open(systemFiles, dataDir, {
        name,
        id,
        isEmpty: await isEmpty(systemFiles, dataDir),
      });
      replica = new Replica(options, file, lock);
      await replica.#port.listen();
      if (file.stage.stage === "started") await replica.#startServer();
      replica.#running = replica.#run();
      return replica;
    } catch (error) {
      await replica?.close();
      if (replica === undefined) await lock?.release();
      throw error;
    }
  }

  /** What this replica says of itself. */
  get info(): ReplicaInfo {
    const { name, id, expect, address } = this.#options;
    const server = this.#server;
    const { joined: _, hasSynced: __, ...stage } = { joined: undefined, hasSynced: undefined, ...this.#file.stage };
    return {
      ...stage,
      ...{ format: 1, name, id, disk: this.#file.disk, expect, address },
      configuration: server?.member?.configuration,
      mode: server?.mode,
    };
  }

  get readiness(): Readiness {
    const server = this.#server;
    if (this.#closed !== undefined) return { isReady: false, reason: "this replica is closing" };
    if (server === undefined) return { isReady: false, reason: this.#waitsFor };
    const isReady = server.mode !== "looking" && server.mode !== "read-only";
    return { isReady, reason: isReady ? "" : "this replica has no leader, or does not follow it yet" };
  }

  /** The server; undefined before the replica has found or formed its ensemble. */
  get server(): ZooKeeperServer | undefined {
    return this.#server;
  }

  /** The last known address of another replica; undefined before it has answered. */
  addressOf(id: number): ReplicaAddress | undefined {
    return this.#discovery.addressOf(id);
  }

  /** Resolves when the server serves clients. Rejects if the replica is closed before. */
  async whenServing(): Promise<void> {
    await (await this.#started.promise).whenServing();
  }

  /** Changes the voters. Rejects as {@link ZooKeeperServer.reconfigure} does, and if a joining replica does not answer. */
  async reconfigure({
    joining,
    leaving,
  }: {
    readonly joining: readonly number[];
    readonly leaving: readonly number[];
  }): Promise<void> {
    const { id, address } = this.#options;
    if (this.#server === undefined) throw new Error(`this replica has no ensemble yet: ${this.#waitsFor}`);
    await this.#discovery.ask();
    const lines = joining.map((each) => {
      const found = each === id ? address : this.#discovery.addressOf(each);
      if (found === undefined) throw new Error(`replica ${each} has not answered yet, so it cannot become a voter`);
      return `server.${each}=${serverLine(found, "participant")}`;
    });
    await this.#server.reconfigure({
      joiningServers: lines.length === 0 ? null : lines.join(","),
      leavingServers: leaving.length === 0 ? null : leaving.join(","),
      ...{ newMembers: null, curConfigId: -1n },
    });
  }

  /** Makes a leader hand over, ends the server and all ports, and releases the data directory. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#started.reject(new Error("the replica was closed before it served"));
    await this.#running;
    await this.#storing.catch(() => {});
    this.#guard?.stop();
    try {
      await this.#server?.close();
    } finally {
      await this.#port.close();
      await this.#lock?.release();
    }
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const answers = await this.#discovery.ask();
        if (this.#server === undefined && !signal.aborted) await this.#advance(answers);
        else await this.#noteSync();
      } catch (error) {
        logger.error("cannot form or join the ensemble; trying again", { error });
      }
      await pause(clock, this.readiness.isReady ? SERVING_INTERVAL_MS : SEARCH_INTERVAL_MS, signal);
    }
  }

  async #advance(answers: readonly ReplicaInfo[]): Promise<void> {
    // Its server could not start, such as for a port in use. Its configuration is decided.
    if (this.#file.stage.stage === "started") return this.#startServer();
    const step = nextStep(this.info, answers);
    switch (step.type) {
      case "wait":
        return this.#waitFor(step.reason);
      case "propose":
        return this.#propose(step.initial);
      case "start":
        await this.#exclusive(() => this.#file.setStage({ stage: "started", initial: step.initial }));
        return this.#startServer();
      case "join":
        await this.#exclusive(() => this.#file.setStage({ stage: "started", joined: step.configuration }));
        return this.#startServer();
      default:
        step satisfies never;
    }
  }

  #waitFor(reason: string): void {
    if (this.#waitsFor !== reason) this.#options.logger.info("waiting to form or join the ensemble", { reason });
    this.#waitsFor = reason;
  }

  async #propose(initial: InitialConfiguration): Promise<void> {
    const others = initial.voters.filter(({ disk }) => disk !== this.#file.disk);
    const refusals = await Promise.all(
      others.map(async ({ id, disk }) => {
        const refused = await this.#discovery.propose(disk, initial);
        return refused === undefined ? [] : [`replica ${id}: ${refused}`];
      }),
    );
    if (refusals.flat().length > 0) return this.#waitFor(`a proposal was not accepted: ${refusals.flat().join("; ")}`);
    await this.#exclusive(() => this.#accept(initial));
  }

  async #accept(initial: InitialConfiguration): Promise<string | undefined> {
    const refused = refusalOf(initial, this.info);
    if (refused === undefined) await this.#file.setStage({ stage: "accepted", initial });
    return refused;
  }

  #exclusive<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#storing.then(change);
    this.#storing = changed.catch(() => {});
    return changed;
  }

  async #startServer(): Promise<void> {
    const { dataDir, id, address, listenAddress, secret, tls, server, clock, logger, onFailure } = this.#options;
    const options = { ...SERVER_DEFAULTS, ...server };
    this.#server = await startServer({
      ...options,
      ...{ dataDir, clock, logger, onFailure, clientPort: address.clientPort, clientPortAddress: listenAddress },
      ensemble: {
        ...{
          id,
          initLimit: INIT_LIMIT,
          syncLimit: SYNC_LIMIT,
          reconfigEnabled: true,
          standaloneEnabled: false,
          listenAddress,
        },
        ...this.#configuration(),
        ...(secret !== undefined && authentication(secret)),
        ...(tls !== undefined && { sslQuorum: true, tls }),
        locate: (other) => this.#discovery.addressOf(other),
      },
    });
    this.#started.resolve(this.#server);
    this.#guard = new LagGuard({
      server: this.#server,
      clock,
      logger,
      syncLimitMs: SYNC_LIMIT * (options.tickTimeMs ?? SERVER_DEFAULTS.tickTimeMs),
    });
    this.#guard.start();
  }

  /** Returns the configuration to start the server with, and whether its empty disk has a vote. */
  #configuration(): Pick<EnsembleOptions, "servers" | "joinAs" | "emptyDataVotes"> {
    const { id, address, expect } = this.#options;
    const { stage } = this.#file;
    if (stage.stage !== "started") throw new Error(`a replica in the stage ${stage.stage} has no configuration`);
    const { initial, joined, hasSynced = false } = stage;
    if (initial !== undefined) return { servers: initialLines(initial), emptyDataVotes: !hasSynced };
    // A first voter that is none now follows without a vote: unlike an observer it can complete a quorum as it becomes one.
    const joinAs = serverLine(address, id <= expect ? "participant" : "observer");
    return { servers: joined ?? "", joinAs, emptyDataVotes: false };
  }

  /** Remembers that this replica has had the data of a leader: if its disk is empty at a later start, it was lost. */
  async #noteSync(): Promise<void> {
    const { stage } = this.#file;
    if (stage.stage !== "started" || stage.hasSynced === true || !this.readiness.isReady) return;
    await this.#exclusive(() => this.#file.setStage({ ...stage, hasSynced: true }));
  }
}

/** Ticks are short, so that a fail-over is. */
const SERVER_DEFAULTS = {
  ...{ tickTimeMs: 500, maxSessionTimeoutMs: 60_000, maxClientConnections: 0, extendedTypesEnabled: true },
};
const INIT_LIMIT = 20;
const SYNC_LIMIT = 5;
const QUORUM_USER = "conclave";

/** Returns the options by which servers prove to each other that they know the secret. */
function authentication(secret: string): Partial<EnsembleOptions> {
  return {
    ...{ saslEnabled: true, saslLearnerRequired: true, saslServerRequired: true },
    ...{ saslUsers: { [QUORUM_USER]: secret }, saslUser: { name: QUORUM_USER, password: secret } },
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let settle!: Omit<Deferred<T>, "promise">;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

async function isEmpty(files: FileLayer, dataDir: string): Promise<boolean> {
  return !(await files.list(dataDir)).includes(VERSION_FOLDER);
}
