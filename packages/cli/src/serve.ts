import { networkInterfaces } from "node:os";
import type { Logger } from "@conclave/runtime";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import { formatProblem } from "./config/config-error.js";
import { ExitCode } from "./exit-code.js";
import { type FilelessConfig, type FilelessSettings, filelessConfig, type ServedConfig } from "./fileless-config.js";
import { readConfig, readNamedFiles } from "./read-config.js";
import { reloadQuorumTls, reloadTls } from "./reload-tls.js";
import { startFailure } from "./start-failure.js";

/** Source of a server's configuration: a file, or settings of the command line. */
export type ConfigSource = { readonly systemProperties: readonly string[] } & (
  | { readonly file: string }
  | { readonly settings: FilelessSettings }
);

/** Functions of the process that the command needs. */
export interface ServeContext {
  readonly logger: Logger;
  readonly workingFolder: string;
  /** Prints the error that ends the command. */
  complain(text: string): void;
  /** Prints the connect string of a server without a configuration file. */
  announce(connectString: string): void;
  /** Calls back for each SIGTERM and SIGINT. Returns a function that removes the listeners. */
  onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** Runs a server until a signal. Resolves with the exit code; a second signal exits at once. */
export async function serve(source: ConfigSource, context: ServeContext): Promise<number> {
  const parsed = await configFrom(source, context.workingFolder);
  if (typeof parsed === "string") {
    context.complain(parsed);
    return ExitCode.MISUSED;
  }
  const { config, warnings } = parsed;
  const { logger } = context;
  for (const warning of warnings)
    logger.warn(formatProblem("file" in source ? source.file : "conclave server", warning));
  const stop = new StopRequest(context);
  try {
    const server = await start(config, "file" in source ? "clientPort" : "--port", logger, stop);
    if (typeof server === "string") {
      context.complain(`cannot start: ${server}`);
      return ExitCode.FAILED;
    }
    if (!("file" in source)) context.announce(server.connectString);
    const stopReloading = startReloading(config, server, logger);
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

/** Reloads certificates when they change, as far as the configuration says. Returns a function that stops it. */
function startReloading(config: ServedConfig, server: ZooKeeperServer, logger: Logger): () => void {
  const { certReload, tlsProperties, quorumCertReload, quorumTlsProperties } = config;
  const stops = [
    certReload ? reloadTls({ properties: tlsProperties, server, logger }) : undefined,
    quorumCertReload ? reloadQuorumTls({ properties: quorumTlsProperties, server, logger }) : undefined,
  ];
  return () => {
    for (const stop of stops) stop?.();
  };
}

/** Returns a string with the problems, for the user, if the configuration is invalid. */
async function configFrom(source: ConfigSource, workingFolder: string): Promise<FilelessConfig | string> {
  const { systemProperties } = source;
  if ("file" in source) return readConfig(source.file, workingFolder, systemProperties);
  return filelessConfig(source.settings, workingFolder, systemProperties);
}

/** Starts a server. Returns a string with the reason if it does not start. */
async function start(
  config: ServedConfig,
  portName: string,
  logger: Logger,
  stop: StopRequest,
): Promise<ZooKeeperServer | string> {
  try {
    const named = await readNamedFiles(config);
    if (typeof named === "string") return named;
    const addresses = {
      clientPortAddress: config.clientPortAddress ?? everyAddress(),
      secureClientPortAddress: config.secureClientPortAddress ?? everyAddress(),
    };
    return await startServer({ ...config, ...addresses, ...named, logger, onFailure: () => stop.fail() });
  } catch (error) {
    return startFailure(error, config, portName);
  }
}

/** Returns the wildcard address, which is Apache's default: the one of IPv4 on a machine without IPv6. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.some(({ family }) => family === "IPv6") ? "::" : "0.0.0.0";
}

/** Listens for signals from construction on, so that none is lost during recovery. */
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

  /** Records that the server failed. */
  fail(): void {
    this.failed = true;
    this.#stop();
  }
}
