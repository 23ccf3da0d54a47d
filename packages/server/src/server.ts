import { type ConnectRequest, type JuteReader, readConnectRequest } from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import { ServerStatus } from "./admin/server-status.js";
import { Pipeline } from "./pipeline/pipeline.js";
import { QuotaGuard } from "./pipeline/quota-guard.js";
import { RequestHandler } from "./pipeline/request-handler.js";
import { Traffic } from "./pipeline/traffic.js";
import { type RecoveredTree, recoverTree } from "./recover-tree.js";
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from "./server-options.js";
import type { Session } from "./sessions/session.js";
import { initialSessionId } from "./sessions/session-id.js";
import { SessionTracker } from "./sessions/session-tracker.js";
import { openStorage } from "./storage/open-storage.js";
import type { Storage } from "./storage/storage.js";
import { Authentication } from "./transport/authentication.js";
import { ClientPorts } from "./transport/client-ports.js";
import type { Connection, ConnectionHost } from "./transport/connection.js";
import { ConnectionThrottle } from "./transport/connection-throttle.js";
import { FourLetterWords } from "./transport/four-letter-words.js";
import { acceptSession, refuseSession } from "./transport/handshake.js";
import { LargeRequests } from "./transport/large-requests.js";
import { WriterPool } from "./transport/writer-pool.js";
import type { DataTree } from "./tree/data-tree.js";

/** A standalone server's id in the session ids that it makes (Apache's too). */
const STANDALONE_ID = 1;

/** A running server. */
export interface ZooKeeperServer extends AsyncDisposable {
  /** What to give to a client: `host:port`. */
  readonly connectString: string;
  /** Of the `clientPort`, or of the `secureClientPort` if there is no other. */
  readonly port: number;
  /** Of the `secureClientPort`, if there is one. */
  readonly securePort: number | undefined;
  /** The last transaction applied. */
  readonly lastZxid: bigint;
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
  const resolved = resolveServerOptions(options);
  const storage = openStorage(resolved);
  try {
    const server = new StandaloneServer(resolved, storage, await recoverTree(storage));
    await server.listen();
    return server;
  } catch (error) {
    await storage.close().catch(() => {});
    throw error;
  }
}

/** Composes the parts, and holds what none of them is: which connection serves which session. */
class StandaloneServer implements ZooKeeperServer, ConnectionHost {
  readonly #options: ResolvedServerOptions;
  readonly #storage: Storage;
  readonly #tree: DataTree;
  readonly #sessions: SessionTracker;
  readonly #pipeline: Pipeline;
  readonly #requests: RequestHandler;
  readonly #words: FourLetterWords;
  readonly #status: ServerStatus;
  readonly #traffic = new Traffic();
  readonly #writers = new WriterPool();
  readonly #ports: ClientPorts;
  readonly #quotas: QuotaGuard;
  readonly #throttle: ConnectionThrottle;
  readonly #connectionOf = new Map<Session, Connection>();
  #nextCollection: number;
  #tick: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedServerOptions, storage: Storage, { tree, replayed }: RecoveredTree) {
    const { clock, logger } = options;
    this.#options = options;
    this.#storage = storage;
    this.#tree = tree;
    this.#nextCollection = clock.now() + options.containerCheckIntervalMs;
    this.#words = new FourLetterWords(options.fourLetterWords);
    this.#sessions = new SessionTracker(options, initialSessionId(STANDALONE_ID, clock.wallTime()), clock.now());
    for (const [id, timeoutMs] of tree.sessions) this.#sessions.track(id, timeoutMs, clock.now());
    this.#pipeline = new Pipeline({
      tree,
      sessions: this.#sessions,
      storage,
      clock,
      logger,
      snapCount: options.snapCount,
      sinceSnapshot: replayed,
      defer: setImmediate,
      onBatchApplied: () => this.#writers.flushAll(),
      onFailure: (cause) => this.#fail(cause),
    });
    const authentication = new Authentication({ ...options, enforcedSchemes: options.enforceAuthSchemes });
    this.#quotas = new QuotaGuard({ quotas: tree.quotas, logger, now: () => clock.now() });
    const { largeRequestThreshold: threshold, largeRequestMaxBytes: maxBytes } = options;
    const largeRequests = new LargeRequests({ threshold, maxBytes });
    this.#requests = new RequestHandler({
      tree,
      pipeline: this.#pipeline,
      sessions: this.#sessions,
      traffic: this.#traffic,
      clock,
      largeRequests,
      quotas: options.enforceQuota ? this.#quotas : undefined,
      extendedTypes: options.extendedTypesEnabled,
      authenticator: authentication,
    });
    this.#throttle = new ConnectionThrottle(options.connectionThrottle, options.random, clock.now());
    this.#ports = new ClientPorts({
      options,
      host: this,
      writers: this.#writers,
      traffic: this.#traffic,
      largeRequests,
      isOverloaded: () => this.#pipeline.outstanding > options.globalOutstandingLimit,
      idsOfCertificate: (certificate) => authentication.idsOfCertificate(certificate),
    });
    this.#status = new ServerStatus({
      options,
      tree,
      sessions: this.#sessions,
      pipeline: this.#pipeline,
      traffic: this.#traffic,
      clock,
      ports: this.#ports,
    });
  }

  get port(): number {
    return this.#ports.first.address.port;
  }

  get securePort(): number | undefined {
    return this.#ports.secure?.address.port;
  }

  get connectString(): string {
    const { address, family, port } = this.#ports.first.address;
    if (address === "::" || address === "0.0.0.0") return `127.0.0.1:${port}`;
    return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  get lastZxid(): bigint {
    return this.#tree.lastZxid;
  }

  async listen(): Promise<void> {
    await this.#ports.listen();
    this.#scheduleTick();
    const { logger, dataDir } = this.#options;
    logger.info("serving clients", { connectString: this.connectString, zxid: this.#tree.lastZxid, dataDir });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#tick?.cancel();
    this.#ports.stopReading();
    await this.#pipeline.drain();
    await this.#ports.close();
    await this.#storage.close();
    this.#options.logger.info("stopped", { zxid: this.#tree.lastZxid });
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
    const { clock, tickTimeMs, logger } = this.#options;
    this.#tick = clock.setTimer(tickTimeMs, () => {
      const now = clock.now();
      for (const session of this.#sessions.expire(now)) {
        logger.info("session expired", { sessionId: `0x${session.id.toString(16)}`, timeoutMs: session.timeoutMs });
        this.#traffic.sessionsExpired++;
        this.#pipeline.closeSession(session, 0, () => this.#connectionOf.get(session)?.end());
      }
      this.#traffic.sessionlessExpired += this.#ports.sweep(now);
      this.#collectUnneeded(now);
      this.#scheduleTick();
    });
  }

  /** Containers and TTL nodes whose time has come. */
  #collectUnneeded(now: number): void {
    if (now < this.#nextCollection) return;
    const { clock, containerCheckIntervalMs } = this.#options;
    this.#nextCollection = now + containerCheckIntervalMs;
    for (const path of [...this.#tree.unneeded(clock.wallTime())]) this.#pipeline.deleteContainer(path);
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
    if (!this.#throttle.admits(request.sessionId === 0n ? "new" : "renewed", this.#options.clock.now())) {
      this.#traffic.connectionsRejected++;
      this.#options.logger.warn("refusing a client: too many come at once", { remote: connection.remote });
      connection.destroy();
    } else if (request.lastZxidSeen > this.#tree.lastZxid) {
      this.#options.logger.warn("refusing a client that has seen a later transaction than this server", {
        remote: connection.remote,
        seen: request.lastZxidSeen,
        zxid: this.#tree.lastZxid,
      });
      connection.destroy();
    } else if (request.sessionId === 0n) {
      this.#openSession(connection, request);
    } else {
      this.#reattach(connection, request);
    }
  }

  heard(session: Session): void {
    this.#sessions.touch(session, this.#options.clock.now());
  }

  request(connection: Connection, session: Session, input: JuteReader): void {
    this.#requests.handle(connection, session, input);
  }

  closed(connection: Connection): void {
    this.#tree.removeWatcher(connection);
    const { session } = connection;
    if (session !== undefined && this.#connectionOf.get(session) === connection) this.#connectionOf.delete(session);
  }

  #openSession(connection: Connection, request: ConnectRequest): void {
    const session = this.#sessions.create(request.timeoutMs, this.#options.clock.now());
    this.#pipeline.createSession(session, () => this.#attach(connection, request, session));
  }

  /** The session moves: the connection that it had, if any, is closed first. */
  #reattach(connection: Connection, request: ConnectRequest): void {
    this.#traffic.reattachments++;
    const known = this.#sessions.get(request.sessionId);
    if (known !== undefined) this.#connectionOf.get(known)?.destroy();
    const session = this.#sessions.reattach(request.sessionId, request.password, this.#options.clock.now());
    if (session === undefined) refuseSession(connection, request);
    else this.#attach(connection, request, session);
  }

  #attach(connection: Connection, request: ConnectRequest, session: Session): void {
    if (!connection.isOpen) return;
    this.#connectionOf.set(session, connection);
    const moment = { now: this.#options.clock.now(), zxid: this.#tree.lastZxid };
    acceptSession(connection, request, session, moment);
  }
}
