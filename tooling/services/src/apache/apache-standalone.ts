import { join } from "node:path";
import { orThrow } from "../install/availability.ts";
import { freePorts } from "../process/free-ports.ts";
import { HANG_MS } from "../process/hang.ts";
import { removeFolder, temporaryFolder } from "../process/temporary-folder.ts";
import { type Apache, apacheOnce } from "./apache.ts";
import type { LogLevel } from "./apache-command.ts";
import { type ApacheServer, ApacheServerProcess } from "./apache-server.ts";
import { withFreshPorts } from "./with-fresh-ports.ts";
import { baseCfg, type ZooCfg } from "./zoo-cfg.ts";

/** Options of every start of Apache ZooKeeper. */
export interface ApacheOptions {
  /** Program to run. @default the result of {@link apacheOnce} */
  readonly apache?: Apache | undefined;
  /**
   * Keys of zoo.cfg that override the defaults: `{ tickTime: 200, snapCount: 50 }`. By default tickTime is 500 and session
   * timeouts are between 1 and 60 seconds.
   */
  readonly config?: ZooCfg | undefined;
  /** Additional arguments of `java`, such as `-Dzookeeper.preAllocSize=64`. */
  readonly jvmArgs?: readonly string[] | undefined;
  /** `INFO` also logs the decisions of elections and synchronizations. @default "WARN" */
  readonly logLevel?: LogLevel | undefined;
  /** Time until a server must serve. @default 120_000 */
  readonly startTimeoutMs?: number | undefined;
}

/** Options of {@link startApacheStandalone}. */
export interface ApacheStandaloneOptions extends ApacheOptions {
  /** Data directory, empty or not; `close()` leaves it. @default a temporary folder, which `close()` removes */
  readonly dataDir?: string | undefined;
  /** @default a free port */
  readonly clientPort?: number | undefined;
}

/** A running standalone server. */
export interface ApacheStandalone extends ApacheServer, AsyncDisposable {
  readonly connectString: string;
  /** Stops the server and removes its temporary folders. May be called more than once. */
  close(): Promise<void>;
}

class Standalone extends ApacheServerProcess implements ApacheStandalone {
  readonly connectString = `127.0.0.1:${this.clientPort}`;
  #folder = "";

  static async start(options: ApacheStandaloneOptions): Promise<Standalone> {
    const apache = options.apache ?? orThrow(await apacheOnce());
    const folder = await temporaryFolder("apache");
    const standalone = new Standalone({
      apache,
      id: 1,
      clientPort: options.clientPort ?? (await freePorts(1))[0]!,
      dataDir: options.dataDir ?? join(folder, "data"),
      folder,
      config: [baseCfg, options.config ?? {}],
      jvmArgs: options.jvmArgs ?? [],
      logLevel: options.logLevel,
      startTimeoutMs: options.startTimeoutMs ?? HANG_MS,
    });
    standalone.#folder = folder;
    try {
      await standalone.restart();
      return standalone;
    } catch (error) {
      await standalone.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.stop();
    await removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts one Apache ZooKeeper server on a loopback port. Resolves when it serves. Rejects with its output if it does not, or
 * with a `ServiceUnavailableError`.
 */
export const startApacheStandalone = (options: ApacheStandaloneOptions = {}): Promise<ApacheStandalone> =>
  options.clientPort === undefined ? withFreshPorts(() => Standalone.start(options)) : Standalone.start(options);
