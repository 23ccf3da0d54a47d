import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Logger } from "@conclave/runtime";

export interface HttpPortOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly idleTimeoutMs: number;
  readonly logger: Logger;
  /** Accepts connections in place of TCP, such as with TLS. Resolves when it listens; rejects with Node.js's error. */
  readonly listen?: ((options: AcceptOptions) => Promise<HttpListener>) | undefined;
  /** Answers a request. If it rejects, the client gets status 500, and the reason is logged. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** An address to listen on, and functions to call with each connection and with a failure. */
export interface AcceptOptions {
  readonly host: string;
  readonly port: number;
  readonly onConnection: (socket: Socket) => void;
  readonly onError: (error: Error) => void;
}

/** A port that listens. */
export interface HttpListener {
  readonly port: number;
  /** Resolves when it accepts no further connection, and the accepted ones have ended. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 100;
const HEADERS_TIMEOUT_MS = 5_000;

/** A small HTTP server. */
export class HttpPort {
  readonly #options: HttpPortOptions;
  readonly #server: Server;
  /** Connections without a request that is being answered, the oldest first. */
  readonly #waiting = new Set<Socket>();
  #answering = 0;
  /** All connections. */
  readonly #sockets = new Set<Socket>();
  /** Accepts in place of the HTTP server itself. */
  #listener: HttpListener | undefined;

  constructor(options: HttpPortOptions) {
    this.#options = options;
    // Loaded when there is such a port, which saves the others 1.5 ms at the start (docs/benchmarks.md, "Single functions").
    const { createServer } = process.getBuiltinModule("node:http");
    const limits = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, connectionsCheckingInterval: 1_000 };
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.setTimeout(options.idleTimeoutMs);
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      this.#makeRoomFor(socket);
    });
  }

  /** Address it listens on. */
  get port(): number {
    return this.#listener?.port ?? (this.#server.address() as AddressInfo).port;
  }

  /** Rejects with Node.js's error if the port cannot be had. */
  async listen(): Promise<void> {
    const { name, address: host, port, logger, listen } = this.#options;
    const failed = (error: Error): void => logger.error(`the ${name} port failed`, { error });
    if (listen !== undefined) {
      const onConnection = (socket: Socket): void => void this.#server.emit("connection", socket);
      this.#listener = await listen({ host, port, onConnection, onError: failed });
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", failed);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    const closed = [this.#listener?.close(), new Promise<void>((resolve) => void this.#server.close(() => resolve()))];
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Idle connections and slow senders are closed in favour of new connections, so they cannot take all of them. */
  #makeRoomFor(socket: Socket): void {
    if (this.#waiting.size + this.#answering >= MAX_CONNECTIONS) {
      const [oldest = socket] = this.#waiting;
      oldest.destroy();
      this.#waiting.delete(oldest);
      if (oldest === socket) return;
    }
    this.#waiting.add(socket);
    socket.once("close", () => this.#waiting.delete(socket));
  }

  /** While a request of it is answered, a connection is not closed to make room. */
  #occupy({ socket }: IncomingMessage, response: ServerResponse): void {
    if (!this.#waiting.delete(socket)) return;
    this.#answering++;
    response.once("close", () => {
      this.#answering--;
      if (!socket.destroyed) this.#waiting.add(socket);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name, logger, answer } = this.#options;
    this.#occupy(request, response);
    try {
      await answer(request, response);
    } catch (error) {
      logger.error(`the ${name} port failed to answer a request`, { url: request.url, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }
}
