import type { ReconfigRequest } from "@conclave/protocol";
import { allowedWords, FourLetterWords } from "./admin/four-letter-words.js";
import { HttpPorts } from "./admin/http-ports.js";
import { processUser } from "./admin/process-user.js";
import { ServerStatus } from "./admin/server-status.js";
import { StorageTimes } from "./admin/storage-times.js";
import { Authentication } from "./auth/authentication.js";
import { sessionPasswords } from "./auth/session-passwords.js";
import { Database } from "./database/database.js";
import type { ResolvedEnsemble } from "./options/ensemble-options.js";
import type { QuorumTlsOptions } from "./options/quorum-tls-options.js";
import { resolveServerOptions } from "./options/resolve-options.js";
import type { ResolvedServerOptions, ServerOptions } from "./options/server-options.js";
import type { ServerTlsOptions } from "./options/tls-options.js";
import { AuditLog } from "./pipeline/audit-log.js";
import { RequestHandler } from "./pipeline/request-handler.js";
import { ServerStats } from "./pipeline/server-stats.js";
import type { Peer } from "./quorum/peer.js";
import type { SecureNetwork } from "./quorum/secure-network.js";
import { noRole } from "./roles/no-role.js";
import type { ProposingRoleParts } from "./roles/proposing-role.js";
import { reconfigure } from "./roles/reconfigure.js";
import type { Role } from "./roles/role.js";
import { Standalone } from "./roles/standalone.js";
import { Ticker } from "./roles/ticker.js";
import { ConnectionThrottle } from "./sessions/connection-throttle.js";
import { ClientPorts } from "./transport/client-ports.js";
import { ClientService } from "./transport/client-service.js";
import { LargeRequests } from "./transport/large-requests.js";
import { RequestThrottle } from "./transport/request-throttle.js";
import { WriterPool } from "./transport/writer-pool.js";
import type { MemberSummary, ZooKeeperServer } from "./zookeeper-server.js";

export type { ZooKeeperServer } from "./zookeeper-server.js";

/**
 * Starts a standalone ZooKeeper server: recovers what its directories hold, then listens. Rejects with a `RangeError` for
 * invalid options, a `StorageError` if the data cannot be served, and Node.js's error if a port is in use; nothing stays open
 * then.
 */
export async function startServer(options: ServerOptions = {}): Promise<ZooKeeperServer> {
  const server = new Server(resolveServerOptions(options));
  await server.start();
  return server;
}

/** Composes ports, database and role. */
class Server implements ZooKeeperServer {
  readonly #options: ResolvedServerOptions;
  readonly #stats = new ServerStats();
  readonly #times = new StorageTimes();
  readonly #writers = new WriterPool();
  readonly #authentication: Authentication;
  readonly #largeRequests: LargeRequests;
  readonly #requestThrottle: RequestThrottle | undefined;
  readonly #audit: AuditLog | undefined;
  readonly #clients: ClientService;
  readonly #ports: ClientPorts;
  readonly #http: HttpPorts;
  readonly #ticker: Ticker;
  /** Set by {@link start} before any port is open; replaced by a restore. */
  #database!: Database;
  #role: Role = noRole;
  /** Set while this server is a member of an ensemble. */
  #peer: Peer | undefined;
  /** Set if the servers of the ensemble use TLS or authentication. */
  #network: SecureNetwork | undefined;
  #whenServing: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  /** Settles when the running restore does. */
  #restoring: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedServerOptions) {
    const { clock, logger, random, largeRequestThreshold: threshold, largeRequestMaxBytes: maxBytes } = options;
    const opensLocal = options.ensemble?.localSessionsEnabled === true;
    const throttle = new ConnectionThrottle(options.connectionThrottle, random, clock.now(), opensLocal);
    this.#options = options;
    this.#authentication = new Authentication({ ...options, enforcedSchemes: options.enforceAuthSchemes });
    this.#largeRequests = new LargeRequests({ threshold, maxBytes });
    this.#audit = options.auditEnable ? new AuditLog(logger, processUser()) : undefined;
    this.#requestThrottle =
      options.requestThrottle && new RequestThrottle(options.requestThrottle, () => this.#role.outstanding);
    const commands = new FourLetterWords(allowedWords(options), () => status);
    this.#clients = new ClientService({ commands, throttle, stats: this.#stats, clock, logger });
    this.#ports = new ClientPorts({
      ...{ options, host: this.#clients, writers: this.#writers, stats: this.#stats },
      ...{ largeRequests: this.#largeRequests, throttle: this.#requestThrottle },
      isOverloaded: () => this.#role.outstanding > options.globalOutstandingLimit,
      idsOfCertificate: (certificate) => this.#authentication.idsOfCertificate(certificate),
    });
    const status = new ServerStatus({
      ...{ options, clock, throttle, largeRequests: this.#largeRequests, stats: this.#stats, times: this.#times },
      ports: this.#ports,
      state: () => ({ database: this.#database, role: this.#role }),
      isServing: () => this.#clients.isServing,
      member: () => this.#peer?.status,
    });
    this.#http = new HttpPorts(options, status, {
      isServing: () => this.#clients.isServing,
      snapshot: () => this.#database.backup(),
      restore: (chunks) => this.#restore(chunks),
      authorize: (credentials, address) => this.#authentication.authorize(credentials, address),
    });
    this.#ticker = new Ticker(clock, options.tickTimeMs, () => {
      this.#role.tick();
      this.#stats.sessionlessExpired += this.#ports.sweep(clock.now());
    });
  }

  get port(): number {
    return this.#ports.first.address.port;
  }

  get securePort(): number | undefined {
    return this.#ports.secure?.address.port;
  }

  get adminPort(): number | undefined {
    return this.#http.admin?.port;
  }

  get metricsPort(): number | undefined {
    return this.#http.metrics?.port;
  }

  get mode(): Role["mode"] {
    return this.#role.mode;
  }

  get member(): MemberSummary | undefined {
    if (this.#peer === undefined) return undefined;
    const { configuration, leader } = this.#peer.status;
    return { configuration: configuration.toString(), leader: leader === undefined ? undefined : Number(leader) };
  }

  async whenServing(): Promise<void> {
    if (this.#clients.isServing && this.mode !== "read-only") return;
    await new Promise<void>((resolve, reject) => this.#whenServing.push({ resolve, reject }));
  }

  get connectString(): string {
    const { address, family, port } = this.#ports.first.address;
    if (address === "::" || address === "0.0.0.0") return `127.0.0.1:${port}`;
    return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  get lastZxid(): bigint {
    return this.#database.tree.lastZxid;
  }

  /** Recovers, then listens. Nothing stays open if it rejects. */
  async start(): Promise<void> {
    await this.#open();
    try {
      await this.#ports.listen();
      await this.#http.listen();
      await this.#peer?.start();
    } catch (error) {
      this.#ports.stopReading();
      await Promise.all([this.#ports.close(), this.#http.close(), this.#peer?.close()]);
      await this.#database.close().catch(() => {});
      throw error;
    }
    this.#startTimers();
    this.#audit?.server("serverStart");
    if (this.#peer === undefined) this.#logServing();
    else this.#options.logger.info("listening; searching for a leader", { connectString: this.connectString });
  }

  reconfigure(request: ReconfigRequest): Promise<string> {
    return reconfigure(this.#role, request, this.#options.clock);
  }

  handOver(pauseMs: number): boolean {
    return this.#peer?.handOver(pauseMs) ?? false;
  }

  reloadTls(tls: ServerTlsOptions): void {
    this.#ports.reloadTls(tls);
  }

  reloadQuorumTls(tls: QuorumTlsOptions): void {
    this.#network?.reload(tls);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#restoring?.catch(() => {});
    this.#stopTimers();
    this.#ports.stopReading();
    await this.#http.close();
    if (this.#peer === undefined) await this.#role.drain();
    else await this.#peer.close();
    await this.#ports.close();
    await this.#database.close();
    for (const { reject } of this.#whenServing.splice(0)) reject(new Error("the server was closed before it served"));
    this.#audit?.server("serverStop");
    this.#options.logger.info("stopped", { zxid: this.lastZxid });
  }

  /** Opens the database, and serves clients from it, or has the ensemble decide on this server's role. */
  async #open(): Promise<void> {
    const { ensemble } = this.#options;
    if (ensemble !== undefined) return this.#openMember(ensemble);
    const database = await this.#openDatabase();
    try {
      const { storage } = database;
      const parts = this.#roleParts(database, await sessionPasswords(this.#options.sessionSecret, storage));
      this.#serve(database, new Standalone({ ...parts, onFailure: (cause) => this.#fail(cause) }));
    } catch (error) {
      await database.close().catch(() => {});
      throw error;
    }
  }

  async #openMember(ensemble: ResolvedEnsemble): Promise<void> {
    // A server alone starts in 55 % of the time without this code.
    const { openMember } = await import("./ensemble-member.js");
    const member = await openMember(ensemble, {
      ...{ options: this.#options, ports: this.#ports },
      openDatabase: () => this.#openDatabase(),
      roleParts: (database, passwordOf) => this.#roleParts(database, passwordOf),
      serve: (database, role) => {
        this.#serve(database, role);
        role.start();
        this.#logServing();
      },
      suspend: () => {
        this.#clients.suspend();
        this.#role.stop();
        this.#role = noRole;
        for (const connection of this.#ports.connections()) connection.destroy();
      },
      onFailure: (cause) => this.#fail(cause),
    });
    this.#database = member.database;
    this.#network = member.network;
    this.#peer = member.peer;
  }

  #openDatabase(): Promise<Database> {
    return Database.open(this.#options, this.#times);
  }

  #roleParts(database: Database, passwordOf: ProposingRoleParts["passwordOf"]): ProposingRoleParts {
    return {
      ...{ database, options: this.#options, passwordOf, audit: this.#audit },
      onBatchApplied: () => {
        this.#requestThrottle?.wake();
        this.#writers.flushAll();
      },
      onSessionExpired: () => this.#stats.sessionsExpired++,
    };
  }

  #logServing(): void {
    const { logger, dataDir } = this.#options;
    const { connectString, lastZxid: zxid, mode } = this;
    logger.info("serving clients", { connectString, zxid, dataDir, mode });
  }

  #serve(database: Database, role: Role): void {
    const { tree } = database;
    this.#database = database;
    this.#role = role;
    const requests = new RequestHandler({
      ...{ tree, writes: role, sessions: role.sessions, stats: this.#stats, clock: this.#options.clock },
      ...{ largeRequests: this.#largeRequests, authenticator: this.#authentication, audit: this.#audit },
      isReadOnly: role.mode === "read-only",
    });
    this.#clients.serve({ tree, role, requests });
    if (role.mode === "read-only") return;
    for (const { resolve } of this.#whenServing.splice(0)) resolve();
  }

  #restore(chunks: AsyncIterable<Uint8Array>): Promise<bigint> {
    const restored = this.#replaceState(chunks);
    this.#restoring = restored;
    return restored;
  }

  /** Replaces the database by a snapshot while no client is connected. An invalid snapshot changes nothing. */
  async #replaceState(chunks: AsyncIterable<Uint8Array>): Promise<bigint> {
    if (!this.#clients.isServing || this.#closed !== undefined) throw new Error("the server is not serving");
    if (this.#peer !== undefined) {
      throw new Error(
        "a member of an ensemble cannot be restored alone; stop all members, and replace the data of each",
      );
    }
    this.#clients.suspend();
    this.#stopTimers();
    for (const connection of this.#ports.connections()) connection.destroy();
    try {
      await this.#role.drain();
      const zxid = await this.#database.storage.installSnapshot(chunks);
      await this.#reopen();
      this.#options.logger.info("restored a snapshot", { zxid });
      return zxid;
    } finally {
      this.#clients.resume();
      if (this.#closed === undefined) this.#startTimers();
    }
  }

  async #reopen(): Promise<void> {
    try {
      await this.#database.close();
      await this.#open();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(cause: unknown): void {
    const { logger, onFailure } = this.#options;
    logger.error("cannot write the transaction log; stopping, so that no write is acknowledged that is not durable", {
      cause,
    });
    this.close().catch(() => {});
    onFailure(cause);
  }

  #startTimers(): void {
    this.#ticker.start();
    this.#role.start();
  }

  #stopTimers(): void {
    this.#ticker.stop();
    this.#role.stop();
  }
}
