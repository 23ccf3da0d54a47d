import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Apache } from "./apache.ts";
import { javaArgs, writeLogSettings } from "./apache-command.ts";
import { fourLetterWord } from "./four-letter-word.ts";
import { removeHeadlessLogs } from "./remove-headless-logs.ts";
import { ServiceProcess } from "./service-process.ts";
import { renderZooCfg, type ZooCfg } from "./zoo-cfg.ts";

/** One running (or stopped) Apache ZooKeeper server. */
export interface ApacheServer {
  readonly id: number;
  readonly clientPort: number;
  readonly dataDir: string;
  /** The Java process, or `undefined` while it is stopped. */
  readonly pid: number | undefined;
  /** The last 64 KiB of what the current (or last) process printed. */
  readonly output: string;
  /** `standalone`, `leader`, `follower` or `observer`; `undefined` when it does not serve. */
  mode(): Promise<string | undefined>;
  /** SIGTERM, and SIGKILL if it takes longer than five seconds. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void>;
  /**
   * Starts it again on the same port and data, after {@link stop} if it still runs. Resolves when it serves; a member of
   * an ensemble only serves while a majority runs.
   */
  restart(): Promise<void>;
}

export interface ApacheServerOptions {
  readonly apache: Apache;
  readonly id: number;
  readonly clientPort: number;
  readonly dataDir: string;
  /** Holds zoo.cfg and the log settings. */
  readonly folder: string;
  readonly config: readonly ZooCfg[];
  readonly jvmArgs: readonly string[];
  /** How long {@link ApacheServer.restart} waits until it serves. */
  readonly startTimeoutMs: number;
}

/** Thrown when a server ends, or does not serve in time. `portTaken`: another choice of ports may help. */
export class ApacheStartError extends Error {
  override readonly name = "ApacheStartError";
  readonly portTaken: boolean;

  constructor(what: string, output: string, portTaken: boolean) {
    super(`Apache ZooKeeper ${what}. Its last output:\n${output}`);
    this.portTaken = portTaken;
  }
}

const portTaken = (output: string): boolean => /BindException|Address already in use|Couldn't bind/i.test(output);

/** One server by its zoo.cfg. Nothing runs until {@link restart} is called. */
export class ApacheServerProcess implements ApacheServer {
  readonly id: number;
  readonly clientPort: number;
  readonly dataDir: string;
  readonly #options: ApacheServerOptions;
  #process: ServiceProcess | undefined;

  constructor(options: ApacheServerOptions) {
    this.#options = options;
    this.id = options.id;
    this.clientPort = options.clientPort;
    this.dataDir = options.dataDir;
  }

  get pid(): number | undefined {
    return this.#process?.end === undefined ? this.#process?.pid : undefined;
  }

  get output(): string {
    return this.#process?.output ?? "";
  }

  async mode(): Promise<string | undefined> {
    const [srvr, conf] = await Promise.all(
      ["srvr", "conf"].map((word) => fourLetterWord({ port: this.clientPort, word }).catch(() => "")),
    );
    const mode = /^Mode: (standalone|leader|follower|observer)$/m.exec(srvr!)?.[1];
    // Somebody else's server may have taken the port before ours could.
    return conf!.includes(`dataDir=${this.dataDir}`) ? mode : undefined;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    // Only of its own making: what another server left there is what a test may want to see it start on.
    if (this.#process !== undefined) await removeHeadlessLogs(this.dataDir);
    const { apache, folder, config, jvmArgs } = this.#options;
    const cfg = join(folder, "zoo.cfg");
    await mkdir(folder, { recursive: true });
    await mkdir(this.dataDir, { recursive: true });
    await writeFile(cfg, renderZooCfg({ dataDir: this.dataDir, clientPort: this.clientPort }, ...config));
    await writeFile(join(this.dataDir, "myid"), `${this.id}\n`);
    await writeLogSettings(folder);
    const main = javaArgs(
      apache.zookeeper.classpath,
      folder,
      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
      jvmArgs,
    );
    this.#process = await ServiceProcess.start({ command: apache.java.command, args: [...main, cfg], cwd: folder });
    await this.#waitUntilServing(this.#process);
  }

  async #waitUntilServing(process: ServiceProcess): Promise<void> {
    const deadline = performance.now() + this.#options.startTimeoutMs;
    while ((await this.mode()) === undefined) {
      const { end, output } = process;
      if (end !== undefined) throw new ApacheStartError(`ended with ${end}`, output, portTaken(output));
      if (performance.now() > deadline) {
        const waited = `does not serve after ${this.#options.startTimeoutMs} ms`;
        throw new ApacheStartError(waited, output, portTaken(output));
      }
      await delay(50);
    }
  }
}
