import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ZOO_CFG } from "./zoo-cfg.ts";

const STOP_LIMIT_MS = 10_000;
const KEPT_OUTPUT = 8192;

/** The built command `conclave server zoo.cfg`, in a process and a folder of its own. */
export class ConclaveCommand {
  readonly pid: number;
  /** Resolves to the reason of the end and the output. */
  readonly ended: Promise<string>;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(started: ChildProcess, folder: string) {
    this.#process = started;
    this.#folder = folder;
    this.pid = started.pid!;
    let output = "";
    started.stderr!.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
    const kill = (): void => {
      started.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    };
    process.once("exit", kill);
    this.ended = once(started, "close").then(([code, signal]) => {
      process.off("exit", kill);
      return `conclave server ended with ${signal ?? `exit code ${code}`}:\n${output}`;
    });
  }

  /** Resolves when the process has started; it does not serve yet. */
  static async start(port: number, nodeArgs: readonly string[], checkout?: string): Promise<ConclaveCommand> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
    const dataDir = join(folder, "data");
    await mkdir(dataDir);
    const lines = { ...ZOO_CFG, dataDir, clientPort: port, clientPortAddress: "127.0.0.1" };
    const cfg = join(folder, "zoo.cfg");
    await writeFile(
      cfg,
      Object.entries(lines)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    const command =
      checkout === undefined
        ? fileURLToPath(new URL("bin/conclave.js", import.meta.resolve("@conclave/cli/package.json")))
        : resolve(checkout, "packages/cli/bin/conclave.js");
    const started = spawn(process.execPath, [...nodeArgs, command, "server", cfg], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await once(started, "spawn");
    return new ConclaveCommand(started, folder);
  }

  /** Stops the server in order, and removes its data. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_LIMIT_MS);
    this.#process.kill("SIGTERM");
    await this.ended;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
