import { join } from "node:path";
import { type Apache, apacheOnce } from "./apache.ts";
import { type ApacheServer, ApacheServerProcess } from "./apache-server.ts";
import { orThrow } from "./availability.ts";
import { freePorts } from "./free-ports.ts";
import { HANG_MS } from "./hang.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";
import { withFreshPorts } from "./with-fresh-ports.ts";
import { baseCfg, type ZooCfg } from "./zoo-cfg.ts";

export interface ApacheOptions {
  /** What to run. @default what {@link apacheOnce} finds or installs */
  readonly apache?: Apache | undefined;
  /**
   * More keys of zoo.cfg, or other values: `{ tickTime: 200, snapCount: 50 }`. By default tickTime is 500 and a session
   * lasts between 1 and 60 seconds.
   */
  readonly config?: ZooCfg | undefined;
  /** More arguments of `java`, such as `-Dzookeeper.preAllocSize=64`. */
  readonly jvmArgs?: readonly string[] | undefined;
  /** How long to wait until a server serves. @default 120_000 */
  readonly startTimeoutMs?: number | undefined;
}

export interface ApacheStandaloneOptions extends ApacheOptions {
  /** A folder that stays after `close()`, with or without data in it. @default a temporary folder, removed by `close()` */
  readonly dataDir?: string | undefined;
  /** @default a free port */
  readonly clientPort?: number | undefined;
}

export interface ApacheStandalone extends ApacheServer, AsyncDisposable {
  readonly connectString: string;
  /** Ends the server and removes what was temporary. May be called again. */
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
 * Starts one Apache ZooKeeper server on a loopback port. Resolves when it serves; rejects with its output when it does
 * not, or with a `ServiceUnavailableError`.
 */
export const startApacheStandalone = (options: ApacheStandaloneOptions = {}): Promise<ApacheStandalone> =>
  options.clientPort === undefined ? withFreshPorts(() => Standalone.start(options)) : Standalone.start(options);
