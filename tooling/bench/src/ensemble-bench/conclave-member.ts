import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fourLetterWord, type ServerAddress, ServiceProcess } from "@conclave/services";
import { ZOO_CFG } from "../server-bench/zoo-cfg.ts";

/** The built command, as users start it. */
const COMMAND = fileURLToPath(new URL("bin/conclave.js", import.meta.resolve("@conclave/cli/package.json")));

export interface ConclaveMemberOptions {
  readonly address: ServerAddress;
  /** The `server.N` lines of all members. */
  readonly servers: string;
  /** Holds zoo.cfg and the data. */
  readonly folder: string;
}

/** A member of an ensemble of our servers: the command `conclave server zoo.cfg`, in a process of its own. */
export class ConclaveMember {
  readonly port: number;
  readonly #options: ConclaveMemberOptions;
  #process: ServiceProcess | undefined;

  constructor(options: ConclaveMemberOptions) {
    this.#options = options;
    this.port = options.address.clientPort;
  }

  get pid(): number | undefined {
    return this.#process?.end === undefined ? this.#process?.pid : undefined;
  }

  /** Resolves with `leader`, `follower` or `observer`; with undefined while the server does not serve. */
  async mode(): Promise<string | undefined> {
    if (this.#process?.end !== undefined) {
      throw new Error(`a server ended with ${this.#process.end}. Its last output:\n${this.#process.output}`);
    }
    const answer = await fourLetterWord({ port: this.port, word: "srvr", timeoutMs: 2_000 }).catch(() => "");
    return /^Mode: (leader|follower|observer)$/m.exec(answer)?.[1];
  }

  /** Starts the process on the data that it has. */
  async start(): Promise<void> {
    const { address, servers, folder } = this.#options;
    const dataDir = join(folder, "data");
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, "myid"), `${address.id}\n`);
    const settings = { ...ZOO_CFG, initLimit: 10, syncLimit: 5, dataDir, clientPort: this.port };
    const lines = Object.entries({ ...settings, clientPortAddress: "127.0.0.1" }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const cfg = join(folder, "zoo.cfg");
    await writeFile(cfg, `${[...lines, servers].join("\n")}\n`);
    this.#process = await ServiceProcess.start({
      command: process.execPath,
      args: [COMMAND, "server", cfg],
      cwd: folder,
    });
  }

  /** Sends SIGKILL. Resolves when the process has ended. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#process = undefined;
  }

  /** Stops the server in order. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }
}
