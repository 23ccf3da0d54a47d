import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Connection, type ConnectionOptions } from "./connection.js";

/** A connection without a session after this time is closed (Apache: zookeeper.nio.sessionlessCnxnTimeout). */
const SESSIONLESS_TIMEOUT_MS = 10_000;
/** How long a client may take to receive its last replies when the port closes. */
const CLOSE_GRACE_MS = 1000;

export interface ClientPortOptions extends ConnectionOptions {
  /** The local address to listen on; `undefined`: all. */
  readonly address: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** From one address; 0: no limit. */
  readonly maxConnectionsPerAddress: number;
}

/** The port that clients connect to, and the connections on it. */
export class ClientPort {
  readonly #options: ClientPortOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #perAddress = new Map<string, number>();
  /** Connections that may not have a session yet, and when they must; oldest first. */
  readonly #sessionless = new Map<Connection, number>();
  #closed: Promise<void> | undefined;

  constructor(options: ClientPortOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Where it listens. Only between {@link listen} and {@link close}. */
  get port(): number {
    return this.address.port;
  }

  /** Where it listens. Only between {@link listen} and {@link close}. */
  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Rejects with Node.js's error if the port cannot be had. */
  listen(): Promise<void> {
    const { address, port, logger } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => logger.error("the client port failed", { error }));
        resolve();
      });
    });
  }

  /** Closes the connections that have been without a session for too long. */
  closeSessionless(now: number): void {
    for (const [connection, deadline] of this.#sessionless) {
      if (connection.session !== undefined) this.#sessionless.delete(connection);
      else if (deadline <= now) connection.destroy();
      else break;
    }
  }

  /** Accepts nobody any more, and no further requests. */
  stopReading(): void {
    this.#closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.stopReading();
  }

  /** Closes all connections after {@link stopReading}; a client that does not take its replies loses them. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.end();
    const impatience = this.#options.clock.setTimer(CLOSE_GRACE_MS, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await this.#closed;
    impatience.cancel();
  }

  #accept(socket: Socket): void {
    const { logger, clock, maxConnectionsPerAddress } = this.#options;
    const address = socket.remoteAddress ?? "";
    const sameAddress = this.#perAddress.get(address) ?? 0;
    if (maxConnectionsPerAddress > 0 && sameAddress >= maxConnectionsPerAddress) {
      logger.warn("refusing a connection: too many from its address", { address, maxConnectionsPerAddress });
      socket.destroy();
      return;
    }
    this.#perAddress.set(address, sameAddress + 1);
    const connection = new Connection(socket, this.#options, () => this.#forget(connection));
    this.#connections.add(connection);
    this.#sessionless.set(connection, clock.now() + SESSIONLESS_TIMEOUT_MS);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#sessionless.delete(connection);
    const left = (this.#perAddress.get(connection.remoteAddress) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(connection.remoteAddress);
    else this.#perAddress.set(connection.remoteAddress, left);
    this.#options.host.closed(connection);
  }
}
