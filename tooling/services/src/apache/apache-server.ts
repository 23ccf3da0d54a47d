import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ServiceProcess } from "../process/service-process.ts";
import type { Apache } from "./apache.ts";
import { javaArgs, type LogLevel, writeLogSettings } from "./apache-command.ts";
import { classArchiveArgs } from "./class-archive.ts";
import { fourLetterWord } from "./four-letter-word.ts";
import { removeHeadlessLogs } from "./remove-headless-logs.ts";
import { renderZooCfg, type ZooCfg } from "./zoo-cfg.ts";

/** An Apache ZooKeeper server, running or stopped. */
export interface ApacheServer {
  readonly id: number;
  readonly clientPort: number;
  readonly dataDir: string;
  /** Id of the Java process; undefined while the server is stopped. */
  readonly pid: number | undefined;
  /** The last 64 KiB of output of the current (or last) process. */
  readonly output: string;
  /** Returns `standalone`, `leader`, `follower` or `observer`; undefined if the server does not serve. */
  mode(): Promise<string | undefined>;
  /** Sends SIGTERM, and SIGKILL after five seconds. Resolves when the process has ended. */
  stop(): Promise<void>;
  /** Sends SIGKILL. Resolves when the process has ended. */
  kill(): Promise<void>;
  /**
   * Starts the server again on the same port and data, after {@link stop} if it runs. Resolves when it serves; a member of an
   * ensemble serves only while a majority runs.
   */
  restart(): Promise<void>;
}

/** Settings of {@link ApacheServerProcess}. */
export interface ApacheServerOptions {
  readonly apache: Apache;
  readonly id: number;
  readonly clientPort: number;
  readonly dataDir: string;
  /** Holds zoo.cfg and the log settings. */
  readonly folder: string;
  readonly config: readonly ZooCfg[];
  readonly jvmArgs: readonly string[];
  /** @default "WARN" */
  readonly logLevel?: LogLevel | undefined;
  /** Bound of {@link ApacheServer.restart}. */
  readonly startTimeoutMs: number;
}

/** Thrown when a server ends, or does not serve in time. With `portTaken` a start on another port may succeed. */
export class ApacheStartError extends Error {
  override readonly name = "ApacheStartError";
  readonly portTaken: boolean;

  constructor(failure: string, output: string, portTaken: boolean) {
    super(`Apache ZooKeeper ${failure}. Its last output:\n${output}`);
    this.portTaken = portTaken;
  }
}

/** Time for an answer of a server that serves. */
const ANSWER_MS = 20_000;
/** Time for an answer of a server that starts: it may never answer a connection that was opened while it started. */
const STARTING_MS = 2_000;

const portTaken = (output: string): boolean => /BindException|Address already in use|Couldn't bind/i.test(output);

/** A server with its zoo.cfg. The first {@link restart} starts it. */
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

  mode(): Promise<string | undefined> {
    return this.#modeWithin(ANSWER_MS);
  }

  async #modeWithin(timeoutMs: number): Promise<string | undefined> {
    const [srvr, conf] = await Promise.all(
      ["srvr", "conf"].map((word) => fourLetterWord({ port: this.clientPort, word, timeoutMs }).catch(() => "")),
    );
    const mode = /^Mode: (standalone|leader|follower|observer)$/m.exec(srvr!)?.[1];
    // The answer may come from another server, which has taken the port.
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
    // Only logs that this server left: a test may start a server on the data of another one as they are.
    if (this.#process !== undefined) await removeHeadlessLogs(this.dataDir);
    const { apache, folder, config, jvmArgs } = this.#options;
    const cfg = join(folder, "zoo.cfg");
    await mkdir(folder, { recursive: true });
    await mkdir(this.dataDir, { recursive: true });
    await writeFile(cfg, renderZooCfg({ dataDir: this.dataDir, clientPort: this.clientPort }, ...config));
    await writeFile(join(this.dataDir, "myid"), `${this.id}\n`);
    await writeLogSettings(folder, this.#options.logLevel);
    const main = javaArgs(apache.zookeeper.classpath, folder, "org.apache.zookeeper.server.quorum.QuorumPeerMain", [
      ...classArchiveArgs(apache),
      ...jvmArgs,
    ]);
    this.#process = await ServiceProcess.start({ command: apache.java.command, args: [...main, cfg], cwd: folder });
    await this.#waitUntilServing(this.#process);
  }

  async #waitUntilServing(process: ServiceProcess): Promise<void> {
    const deadline = performance.now() + this.#options.startTimeoutMs;
    while ((await this.#modeWithin(STARTING_MS)) === undefined) {
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
