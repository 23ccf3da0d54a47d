import { networkInterfaces } from "node:os";
import type { Logger } from "@conclave/runtime";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import { formatProblem } from "./config/config-error.js";
import type { ServerConfig } from "./config/server-config.js";
import { ExitCode } from "./exit-code.js";
import { readConfig, readNamedFiles } from "./read-config.js";
import { reloadTls } from "./reload-tls.js";
import { startFailure } from "./start-failure.js";

/** What the command needs from the process that it runs in. */
export interface ServeContext {
  readonly logger: Logger;
  readonly workingFolder: string;
  /** For people: what ends the command. */
  complain(text: string): void;
  /** Calls back for each request to stop (SIGTERM, SIGINT). Returns how to stop listening. */
  onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** Serves as `file` says until it is asked to stop. Resolves with the exit code; a second request does not wait. */
export async function serve(file: string, systemProperties: readonly string[], context: ServeContext): Promise<number> {
  const parsed = await readConfig(file, context.workingFolder, systemProperties);
  if (typeof parsed === "string") {
    context.complain(parsed);
    return ExitCode.MISUSED;
  }
  const { config, warnings } = parsed;
  const { logger } = context;
  for (const warning of warnings) logger.warn(formatProblem(file, warning));
  const stop = new StopRequest(context);
  try {
    const server = await start(config, logger, stop);
    if (typeof server === "string") {
      context.complain(`cannot start: ${server}`);
      return ExitCode.FAILED;
    }
    const { certReload, tlsProperties: properties } = config;
    const stopReloading = certReload ? reloadTls({ properties, server, logger }) : () => {};
    await stop.requested;
    stopReloading();
    await server.close();
    return stop.failed ? ExitCode.FAILED : ExitCode.OK;
  } catch (error) {
    context.complain(`stopped with an error: ${error instanceof Error ? error.message : String(error)}`);
    return ExitCode.FAILED;
  } finally {
    stop.dispose();
  }
}

/** A string says why it does not start. */
async function start(config: ServerConfig, logger: Logger, stop: StopRequest): Promise<ZooKeeperServer | string> {
  try {
    const named = await readNamedFiles(config);
    if (typeof named === "string") return named;
    const addresses = {
      clientPortAddress: config.clientPortAddress ?? everyAddress(),
      secureClientPortAddress: config.secureClientPortAddress ?? everyAddress(),
    };
    return await startServer({ ...config, ...addresses, ...named, logger, onFailure: () => stop.fail() });
  } catch (error) {
    return startFailure(error, config);
  }
}

/** Apache listens on all addresses unless told otherwise. Where there is no IPv6, its wildcard cannot be had. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.some(({ family }) => family === "IPv6") ? "::" : "0.0.0.0";
}

/** From the first moment on, so that a signal during recovery is not lost. */
class StopRequest {
  readonly requested: Promise<void>;
  readonly dispose: () => void;
  failed = false;
  #stop: () => void = () => {};

  constructor({ logger, onStopRequested, exit }: ServeContext) {
    let count = 0;
    this.requested = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.dispose = onStopRequested((signal) => {
      count++;
      if (count === 1) {
        logger.info("stopping", { signal });
        this.#stop();
      } else {
        exit(ExitCode.ofSignal(signal));
      }
    });
  }

  /** The server stopped by itself. */
  fail(): void {
    this.failed = true;
    this.#stop();
  }
}
