import type { IncomingMessage, ServerResponse } from "node:http";
import type { ResolvedServerOptions } from "../options/server-options.js";
import { AdminServer } from "./admin-server.js";
import { BackupCommands, type BackupHost } from "./backup-commands.js";
import { HttpPort } from "./http-port.js";
import type { Prometheus } from "./prometheus.js";
import type { ServerStatus } from "./server-status.js";

const METRICS_IDLE_TIMEOUT_MS = 30_000;

/** The AdminServer and the port for Prometheus, as far as options ask for them. */
export class HttpPorts {
  readonly #options: ResolvedServerOptions;
  #admin: AdminServer | undefined;
  readonly metrics: HttpPort | undefined;

  constructor(options: ResolvedServerOptions, status: ServerStatus, host: BackupHost) {
    const { admin, metrics, clock, logger } = options;
    this.#options = options;
    if (admin !== undefined) {
      const backup = new BackupCommands({ options: admin, host, clock, logger });
      this.#admin = new AdminServer({ options: admin, status, backup, logger });
    }
    if (metrics !== undefined) {
      const { address, port, exportRuntimeInfo } = metrics;
      // Loaded where it is asked for: other servers do without its weight.
      const loaded = import("./prometheus.js").then(({ Prometheus }) => new Prometheus(status, exportRuntimeInfo));
      loaded.catch((error: unknown) => logger.error("cannot load the metrics for Prometheus", { error }));
      const answer = async (request: IncomingMessage, response: ServerResponse) =>
        scrape(await loaded, request, response);
      this.metrics = new HttpPort({
        name: "metrics",
        address,
        port,
        idleTimeoutMs: METRICS_IDLE_TIMEOUT_MS,
        logger,
        answer,
      });
    }
  }

  /** `undefined` where there is none, for it was not asked for, or is optional and its port could not be had. */
  get admin(): AdminServer | undefined {
    return this.#admin;
  }

  /** Rejects with Node.js's error if one of them cannot be had that must be. */
  async listen(): Promise<void> {
    await this.#listenAdmin();
    await this.metrics?.listen();
  }

  async #listenAdmin(): Promise<void> {
    const { admin, logger } = this.#options;
    try {
      await this.#admin?.listen();
    } catch (error) {
      if (admin?.isOptional !== true) throw error;
      this.#admin = undefined;
      logger.warn("serving without the AdminServer: its port is in use; set admin.serverPort or admin.enableServer", {
        ...{ port: admin.port, address: admin.address, error },
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin?.close(), this.metrics?.close()]);
  }
}

async function scrape(prometheus: Prometheus, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isAsked = new URL(request.url ?? "/", "http://server").pathname === "/metrics";
  if (!isAsked) response.writeHead(404).end();
  else response.writeHead(200, { "content-type": prometheus.contentType }).end(await prometheus.text());
}
