import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "@conclave/runtime";

export interface HttpPortOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly idleTimeoutMs: number;
  readonly logger: Logger;
  /** Answers. Where it rejects, the client is told that the server failed, and the log why. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** A small HTTP server. */
export class HttpPort {
  readonly #options: HttpPortOptions;
  readonly #server: Server;

  constructor(options: HttpPortOptions) {
    this.#options = options;
    // Most servers do without this port, and importing the module would be a third of the time in which they start.
    const { createServer } = process.getBuiltinModule("node:http");
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.setTimeout(options.idleTimeoutMs);
    this.#server.maxConnections = 100;
  }

  /** Where it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Rejects with Node.js's error if the port cannot be had. */
  listen(): Promise<void> {
    const { name, address: host, port, logger } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => logger.error(`the ${name} port failed`, { error }));
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name, logger, answer } = this.#options;
    try {
      await answer(request, response);
    } catch (error) {
      logger.error(`the ${name} port could not answer`, { url: request.url, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }
}
