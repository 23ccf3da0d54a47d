import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, type Server as TlsServer } from "node:tls";
import type { Id } from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import type { Admission } from "./admission.js";
import { Connection, type ConnectionOptions, remoteAddressOf } from "./connection.js";
import { whenFirstByteIsThere } from "./first-byte.js";

/** Time in milliseconds for a client to receive its last replies when its connection ends. */
const LEAVE_GRACE_MS = 5000;
/** The same when the port closes. */
const CLOSE_GRACE_MS = 1000;

/** Time between two attempts to listen at another place. */
const MOVE_RETRY_MS = 1_000;

/** Half open: a client that sends a four-letter word may shut down its sending side before the answer. */
const SOCKETS = { noDelay: true, allowHalfOpen: true } as const;

export interface ClientPortOptions extends ConnectionOptions {
  /** The local address to listen on; `undefined`: all. */
  readonly address: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** Maximum number of connections that wait to be accepted; `undefined`: Node.js's default. */
  readonly backlog: number | undefined;
  readonly admission: Admission;
  /** A connection without a session after this time is closed. */
  readonly sessionlessTimeoutMs: number;
  readonly tls: ClientPortTls | undefined;
}

/** Place of a port. */
export interface ListenTarget {
  /** `undefined`: all addresses. */
  readonly address: string | undefined;
  readonly port: number;
}

/** TLS settings of a port. */
export interface ClientPortTls {
  readonly options: TlsOptions;
  /** Accept clients without TLS too. */
  readonly isOptional: boolean;
  idsOf(certificate: Buffer): readonly Id[];
}

/** The port that clients connect to, and the connections on it. */
export class ClientPort {
  readonly #options: ClientPortOptions;
  #server: Server;
  /** Server for TLS. It does not listen: it is given the sockets of clients that use TLS, so that the port can move. */
  readonly #tlsServer: TlsServer | undefined;
  /** Sockets from which no byte has arrived that shows if they use TLS. */
  readonly #undecided = new Set<Socket>();
  /** Sockets that speak TLS, also those whose handshake has not ended or has failed. */
  readonly #tlsSockets = new Set<Socket>();
  readonly #connections = new Set<Connection>();
  /** Connections that may not have a session yet, and when they must; oldest first. */
  readonly #sessionless = new Map<Connection, number>();
  #closed: Promise<void> | undefined;
  #isClosing = false;
  #target: ListenTarget;
  /** Settles when the last move has. */
  #moving: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;

  constructor(options: ClientPortOptions) {
    this.#options = options;
    this.#target = { address: options.address, port: options.port };
    const { tls } = options;
    this.#tlsServer = tls && this.#createTlsServer(tls);
    this.#server = this.#createServer();
  }

  #createServer(): Server {
    const server = createServer(SOCKETS);
    return server.on("connection", (socket) => {
      if (!this.#admit(socket)) return;
      if (this.isSecure) this.#tlsServer!.emit("connection", socket);
      else this.#acceptEither(socket);
    });
  }

  #createTlsServer({ options }: ClientPortTls): TlsServer {
    const server = createTlsServer({ ...SOCKETS, ...options });
    server.on("connection", (socket: Socket) => {
      this.#tlsSockets.add(socket);
      socket.once("close", () => this.#tlsSockets.delete(socket));
    });
    server.on("secureConnection", (socket) => this.#acceptSecure(socket));
    server.on("tlsClientError", (error, socket) => this.#handshakeFailed(error, socket));
    return server;
  }

  /** Replaces key and certificates for new connections. Throws for invalid ones, and then changes nothing. */
  reloadTls(options: TlsOptions): void {
    this.#tlsServer?.setSecureContext(options);
  }

  get isSecure(): boolean {
    return this.#options.tls?.isOptional === false;
  }

  get #name(): string {
    return this.isSecure ? "secure client port" : "client port";
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Port it listens on. Valid between {@link listen} and {@link close}. */
  get port(): number {
    return this.address.port;
  }

  /** Address it listens on. Valid between {@link listen} and {@link close}. */
  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Rejects with Node.js's error if the port cannot be used. */
  listen(): Promise<void> {
    return this.#listen(this.#server);
  }

  #listen(server: Server): Promise<void> {
    const { backlog, logger } = this.#options;
    const { address, port } = this.#target;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const where = { port, ...(address === undefined ? {} : { host: address }), ...(backlog && { backlog }) };
      server.listen(where, () => {
        server.off("error", reject);
        server.on("error", (error) => logger.error(`the ${this.#name} failed`, { error }));
        resolve();
      });
    });
  }

  /**
   * Listens elsewhere from now on; existing connections stay. Where that fails it is tried again, and the former place serves
   * meanwhile. Before {@link listen} it only sets the place.
   */
  moveTo(target: ListenTarget): void {
    this.#target = target;
    if (this.#server.listening) this.#moving = this.#moving.then(() => this.#move(target));
  }

  async #move(target: ListenTarget): Promise<void> {
    const { logger, clock } = this.#options;
    if (this.#closed !== undefined || target !== this.#target) return;
    const [former, next] = [this.#server, this.#createServer()];
    try {
      await this.#listen(next);
      this.#server = next;
      logger.info(`the ${this.#name} has moved, as the configuration of the ensemble says`, { ...target });
      // Resolves only when its connections end, which are used on.
      former.close();
    } catch (error) {
      const message = `the ${this.#name} cannot move to the place in the configuration; trying again`;
      logger.error(message, { ...target, error });
      this.#retry = clock.setTimer(MOVE_RETRY_MS, () => this.moveTo(target));
    }
  }

  /**
   * Closes connections without a session after their time limit, and ended ones whose client does not read its last
   * replies. Returns the number of the former.
   */
  sweep(now: number): number {
    for (const connection of this.#connections) {
      if (connection.endedAt !== undefined && connection.endedAt + LEAVE_GRACE_MS <= now) connection.destroy();
    }
    return this.#closeSessionless(now);
  }

  #closeSessionless(now: number): number {
    let closed = 0;
    for (const [connection, deadline] of this.#sessionless) {
      if (connection.session !== undefined) this.#sessionless.delete(connection);
      else if (deadline > now) break;
      else {
        connection.destroy();
        closed++;
      }
    }
    return closed;
  }

  /** Accepts no further connections and requests. */
  stopReading(): void {
    this.#retry?.cancel();
    this.#closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.stopReading();
    for (const socket of this.#undecided) socket.destroy();
  }

  /** Closes all connections after {@link stopReading}; a client that does not take its replies loses them. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const connection of this.#connections) connection.end();
    this.#destroyIfLast();
    const impatience = this.#options.clock.setTimer(CLOSE_GRACE_MS, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await this.#moving;
    await this.#closed;
    impatience.cancel();
  }

  /** Returns true if the limits allow one more connection, which counts until it is closed. */
  #admit(socket: Socket): boolean {
    const { logger, admission, stats } = this.#options;
    const address = remoteAddressOf(socket);
    const reason = admission.enter(address);
    if (reason !== undefined) {
      logger.warn("refused a connection", { address, reason });
      stats.connectionsRejected++;
      socket.destroy();
      return false;
    }
    socket.once("close", () => admission.leave(address));
    return true;
  }

  #handshakeFailed(error: Error, socket: TLSSocket): void {
    const { logger, stats } = this.#options;
    stats.failedTlsHandshakes++;
    logger.debug("TLS handshake failed", { address: remoteAddressOf(socket), error });
    socket.destroy();
  }

  /** Refuses an untrusted certificate even if none is required. */
  #acceptSecure(socket: TLSSocket): void {
    const { tls, logger } = this.#options;
    const certificate = socket.getPeerX509Certificate()?.raw;
    if (certificate !== undefined && !socket.authorized) {
      logger.warn("refused a client: its certificate is not trusted", {
        address: remoteAddressOf(socket),
        reason: String(socket.authorizationError),
      });
      socket.destroy();
      return;
    }
    const connection = this.#accept(socket);
    if (certificate !== undefined && tls !== undefined) connection.addIds(tls.idsOf(certificate));
  }

  #acceptEither(socket: Socket): void {
    const tlsServer = this.#tlsServer;
    if (tlsServer === undefined) {
      this.#accept(socket);
      return;
    }
    this.#undecided.add(socket);
    socket.once("close", () => this.#undecided.delete(socket));
    whenFirstByteIsThere(socket, this.#options.sessionlessTimeoutMs, (isTls) => {
      this.#undecided.delete(socket);
      if (isTls) tlsServer.emit("connection", socket);
      else this.#accept(socket);
    });
  }

  #accept(socket: Socket): Connection {
    const { clock, sessionlessTimeoutMs } = this.#options;
    const connection = new Connection(socket, this.#options, () => this.#forget(connection));
    this.#connections.add(connection);
    this.#sessionless.set(connection, clock.now() + sessionlessTimeoutMs);
    return connection;
  }

  /** Half-open sockets of clients that gave up their handshake would keep the port open. */
  #destroyIfLast(): void {
    if (this.#isClosing && this.#connections.size === 0) for (const socket of this.#tlsSockets) socket.destroy();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#destroyIfLast();
    this.#sessionless.delete(connection);
    this.#options.stats.connectionsDropped++;
    this.#options.host.closed(connection);
  }
}
