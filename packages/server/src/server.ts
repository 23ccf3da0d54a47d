import { type ConnectRequest, type JuteReader, readConnectRequest } from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import { HttpPorts } from "./admin/http-ports.js";
import { processUser } from "./admin/process-user.js";
import { ServerStatus } from "./admin/server-status.js";
import { StorageTimes } from "./admin/storage-times.js";
import { authorize, takeBackup } from "./backup-host.js";
import { openServing, type Serving, type ServingParts } from "./open-serving.js";
import { AuditLog } from "./pipeline/audit-log.js";
import { Traffic } from "./pipeline/traffic.js";
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from "./server-options.js";
import { ConnectionThrottle } from "./sessions/connection-throttle.js";
import { decideHandshake } from "./sessions/handshake-policy.js";
import type { Session } from "./sessions/session.js";
import { Authentication } from "./transport/authentication.js";
import { ClientPorts } from "./transport/client-ports.js";
import type { Connection, ConnectionHost } from "./transport/connection.js";
import { FourLetterWords } from "./transport/four-letter-words.js";
import { acceptSession, refuseSession } from "./transport/handshake.js";
import { LargeRequests } from "./transport/large-requests.js";
import { RequestThrottle } from "./transport/request-throttle.js";
import type { ServerTlsOptions } from "./transport/tls-options.js";
import { WriterPool } from "./transport/writer-pool.js";
import type { DataTree } from "./tree/data-tree.js";

/**
 * Turns of the event loop, each of which reads what has arrived: a client that comes back is accepted in one, heard in the
 * next.
 */
const TURNS_TO_CATCH_UP = 3;

/** So many watches of a closed connection are removed in one turn of the event loop: some milliseconds. */
const WATCHES_PER_SLICE = 1_000;

/** A running server. */
export interface ZooKeeperServer extends AsyncDisposable {
  /** What to give to a client: `host:port`. */
  readonly connectString: string;
  /** Of the `clientPort`, or of the `secureClientPort` if there is no other. */
  readonly port: number;
  /** Of the `secureClientPort`, if there is one. */
  readonly securePort: number | undefined;
  /** Of the AdminServer, if there is one. */
  readonly adminPort: number | undefined;
  /** For Prometheus, if there is one. */
  readonly metricsPort: number | undefined;
  /** The last transaction applied. */
  readonly lastZxid: bigint;
  /**
   * Takes another key, certificate and authorities for those who connect from now on; who is there stays. What else `tls`
   * says, such as `clientAuth`, stays as it was at the start. Throws Node.js's error, and keeps the former, for what is no
   * key or certificate.
   */
  renewTls(tls: ServerTlsOptions): void;
  /**
   * Stops: accepts nobody any more, finishes the writes that it has taken, closes the connections and the files. The
   * sessions stay, for the next start. Idempotent; rejects if the log could not be closed properly.
   */
  close(): Promise<void>;
}

/**
 * Starts a standalone ZooKeeper server: recovers what its directories hold, then listens. Rejects with a `RangeError`
 * for options that make no sense, a `StorageError` for directories that it cannot serve from, and Node.js's error for a
 * port that it cannot have; nothing stays open then.
 */
export async function startServer(options: ServerOptions = {}): Promise<ZooKeeperServer> {
  const server = new StandaloneServer(resolveServerOptions(options));
  await server.start();
  return server;
}

/** Composes the parts, and holds what none of them is: which connection serves which session. */
class StandaloneServer implements ZooKeeperServer, ConnectionHost {
  readonly #options: ResolvedServerOptions;
  readonly #parts: ServingParts;
  readonly #words: FourLetterWords;
  readonly #status: ServerStatus;
  readonly #traffic = new Traffic();
  readonly #times = new StorageTimes();
  readonly #writers = new WriterPool();
  readonly #ports: ClientPorts;
  readonly #http: HttpPorts;
  readonly #throttle: ConnectionThrottle;
  readonly #requestThrottle: RequestThrottle | undefined;
  readonly #audit: AuditLog | undefined;
  /** Set by {@link start}, before anything can ask for it. */
  #state!: Serving;
  #isServing = true;
  /** Settles when the restore that is going on does. */
  #restoring: Promise<unknown> | undefined;
  #tick: Timer | undefined;
  #collection: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedServerOptions) {
    const { clock, logger, largeRequestThreshold: threshold, largeRequestMaxBytes: maxBytes } = options;
    this.#options = options;
    this.#words = new FourLetterWords(options.fourLetterWords);
    this.#throttle = new ConnectionThrottle(options.connectionThrottle, options.random, clock.now());
    this.#audit = options.auditEnable ? new AuditLog(logger, processUser()) : undefined;
    const authentication = new Authentication({ ...options, enforcedSchemes: options.enforceAuthSchemes });
    const largeRequests = new LargeRequests({ threshold, maxBytes });
    this.#parts = {
      ...{ options, traffic: this.#traffic, largeRequests, authenticator: authentication, audit: this.#audit },
      meter: this.#times,
      onBatchApplied: () => {
        this.#requestThrottle?.wake();
        this.#writers.flushAll();
      },
      onFailure: (cause) => this.#fail(cause),
    };
    this.#requestThrottle =
      options.requestThrottle && new RequestThrottle(options.requestThrottle, () => this.#state.role.outstanding);
    this.#ports = new ClientPorts({
      throttle: this.#requestThrottle,
      ...{ options, host: this, writers: this.#writers, traffic: this.#traffic, largeRequests },
      isOverloaded: () => this.#state.role.outstanding > options.globalOutstandingLimit,
      idsOfCertificate: (certificate) => authentication.idsOfCertificate(certificate),
    });
    this.#status = new ServerStatus({
      ...{ options, clock, largeRequests, traffic: this.#traffic, times: this.#times, ports: this.#ports },
      throttle: this.#throttle,
      state: () => this.#state,
      isServing: () => this.#isServing,
    });
    const server = this;
    this.#http = new HttpPorts(options, this.#status, {
      get isServing() {
        return server.#isServing;
      },
      snapshot: () => takeBackup(this.#state),
      restore: (chunks) => this.#restore(chunks),
      authorize: (credentials, address) => authorize(authentication, credentials, address),
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

  get connectString(): string {
    const { address, family, port } = this.#ports.first.address;
    if (address === "::" || address === "0.0.0.0") return `127.0.0.1:${port}`;
    return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  get lastZxid(): bigint {
    return this.#state.tree.lastZxid;
  }

  /** Recovers, then listens. Where it rejects nothing stays open. */
  async start(): Promise<void> {
    this.#state = await openServing(this.#parts);
    try {
      await this.#ports.listen();
      await this.#http.listen();
    } catch (error) {
      this.#ports.stopReading();
      await Promise.all([this.#ports.close(), this.#http.close()]);
      await this.#state.storage.close().catch(() => {});
      throw error;
    }
    this.#startTimers();
    this.#audit?.server("serverStart");
    const { logger, dataDir } = this.#options;
    logger.info("serving clients", { connectString: this.connectString, zxid: this.#state.tree.lastZxid, dataDir });
  }

  renewTls(tls: ServerTlsOptions): void {
    this.#ports.renewTls(tls);
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
    await this.#state.role.drain();
    await this.#ports.close();
    await this.#state.storage.close();
    this.#audit?.server("serverStop");
    this.#options.logger.info("stopped", { zxid: this.#state.tree.lastZxid });
  }

  #restore(chunks: AsyncIterable<Uint8Array>): Promise<bigint> {
    const restored = this.#exchangeState(chunks);
    this.#restoring = restored;
    return restored;
  }

  /** Nobody is connected, and nothing is written, while what is served is exchanged. A bad snapshot changes nothing. */
  async #exchangeState(chunks: AsyncIterable<Uint8Array>): Promise<bigint> {
    if (!this.#isServing || this.#closed !== undefined) throw new Error("the server is not serving");
    this.#isServing = false;
    this.#stopTimers();
    for (const connection of this.#ports.connections()) connection.destroy();
    try {
      await this.#state.role.drain();
      const zxid = await this.#state.storage.restore(chunks);
      await this.#reopen();
      this.#options.logger.info("restored a snapshot", { zxid });
      return zxid;
    } finally {
      this.#isServing = true;
      if (this.#closed === undefined) this.#startTimers();
    }
  }

  async #reopen(): Promise<void> {
    try {
      await this.#state.storage.close();
      this.#state = await openServing(this.#parts);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(cause: unknown): void {
    const { logger, onFailure } = this.#options;
    logger.error("the transaction log cannot be written; stopping, so that nothing is acknowledged that is not safe", {
      cause,
    });
    this.close().catch(() => {});
    onFailure(cause);
  }

  #scheduleTick(): void {
    const { clock, tickTimeMs } = this.#options;
    const due = clock.now() + tickTimeMs;
    this.#tick = clock.setTimer(tickTimeMs, () => {
      const isLate = clock.now() - due > tickTimeMs / 10;
      this.#tickAfter(isLate ? TURNS_TO_CATCH_UP : 0);
    });
  }

  /** A server that was late itself may have signs of life in its sockets: these are read before any session expires. */
  #tickAfter(turns: number): void {
    if (this.#closed !== undefined || !this.#isServing) return;
    if (turns > 0) {
      setImmediate(() => this.#tickAfter(turns - 1));
      return;
    }
    this.#state.role.expireSessions();
    this.#traffic.sessionlessExpired += this.#ports.sweep(this.#options.clock.now());
    this.#scheduleTick();
  }

  /** Containers and TTL nodes whose time has come, at an interval of their own: their TTL may be shorter than a tick. */
  #scheduleCollection(): void {
    const { clock, containerCheckIntervalMs } = this.#options;
    this.#collection = clock.setTimer(containerCheckIntervalMs, () => {
      this.#state.role.deleteExpired(clock.wallTime());
      this.#scheduleCollection();
    });
  }

  #startTimers(): void {
    this.#scheduleTick();
    this.#scheduleCollection();
  }

  #stopTimers(): void {
    this.#tick?.cancel();
    this.#collection?.cancel();
  }

  commandLength(word: string): number | undefined {
    return this.#words.length(word);
  }

  command(connection: Connection, command: Uint8Array): void {
    this.#words.answer(command, this.#status).then(
      (text) => connection.endWith(text),
      (error: unknown) => {
        this.#options.logger.error("a four-letter word could not be answered", { error });
        connection.destroy();
      },
    );
  }

  handshake(connection: Connection, input: JuteReader): void {
    const request = readConnectRequest(input);
    this.#traffic.handshakes++;
    const decision = decideHandshake(request, {
      isServing: this.#isServing,
      lastZxid: this.#state.tree.lastZxid,
      admits: (kind) => this.#throttle.admits(kind, this.#options.clock.now()),
    });
    if (decision === "open") this.#openSession(connection, request);
    else if (decision === "resume") this.#resumeSession(connection, request);
    else this.#refuse(connection, request, decision);
  }

  #refuse(connection: Connection, request: ConnectRequest, reason: "not-serving" | "throttled" | "ahead"): void {
    const { logger } = this.#options;
    const { remote } = connection;
    if (reason === "throttled") {
      this.#traffic.connectionsRejected++;
      logger.warn("refused a client: connections are throttled (connectionThrottle)", { remote });
    } else if (reason === "ahead") {
      const { lastZxid: zxid } = this.#state.tree;
      const message = "refused a client that has seen a later transaction than this server";
      logger.warn(message, { remote, seen: request.lastZxidSeen, zxid });
    }
    connection.destroy();
  }

  heard(session: Session): void {
    this.#state.sessions.touch(session, this.#options.clock.now());
  }

  request(connection: Connection, session: Session, input: JuteReader, isThrottled: boolean): void {
    this.#state.requests.handle(connection, session, input, isThrottled);
  }

  closed(connection: Connection): void {
    this.#removeWatches(this.#state.tree, connection);
    if (connection.session !== undefined) this.#state.sessions.detach(connection.session.id, connection);
  }

  /** In slices: of a million watches it takes seconds, and others must not wait for that. */
  #removeWatches(tree: DataTree, connection: Connection): void {
    if (tree.removeWatcher(connection, WATCHES_PER_SLICE)) setImmediate(() => this.#removeWatches(tree, connection));
  }

  #openSession(connection: Connection, request: ConnectRequest): void {
    this.#state.role.openSession(request.timeoutMs, (session) => this.#attach(connection, request, session));
  }

  #resumeSession(connection: Connection, request: ConnectRequest): void {
    this.#traffic.revalidations++;
    this.#state.role.resumeSession(request, (session) => {
      if (session === undefined) refuseSession(connection, request);
      else this.#attach(connection, request, session);
    });
  }

  /** The former connection of the session, if there is one, is closed. */
  #attach(connection: Connection, request: ConnectRequest, session: Session): void {
    const { sessions, tree } = this.#state;
    if (!connection.isOpen) return;
    sessions.attach(session.id, connection)?.destroy();
    const moment = { now: this.#options.clock.now(), zxid: tree.lastZxid };
    acceptSession(connection, request, session, sessions.passwordOf(session.id), moment);
  }
}
