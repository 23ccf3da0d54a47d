import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// Resolved by package name, because this file runs from its source and as a part of `pnpm soak`.
const server = dirname(createRequire(import.meta.url).resolve("@conclave/server/package.json"));
const cli = join(server, "../cli");
const command = join(cli, "bin/conclave.js");
const built = [join(cli, "dist/main.js"), join(server, "dist/index.js")];

type Settings = Readonly<Record<string, string | number>>;

/** The real `conclave server`, as a process of the operating system that can be killed. */
export class ConclaveProcess {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";
  #port = 0;

  private constructor(cfg: string) {
    this.#process = spawn(process.execPath, [command, "server", cfg], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.#ended = once(this.#process, "close");
  }

  /** Starts it on a free port. Resolves when it serves; throws with its output if it ends before. */
  static async start(dataDir: string, settings: Settings = {}): Promise<ConclaveProcess> {
    const started = await ConclaveProcess.launch(dataDir, settings);
    await started.untilServing();
    return started;
  }

  /** The same, and resolves at once. */
  static async launch(dataDir: string, settings: Settings = {}): Promise<ConclaveProcess> {
    const missing = built.find((file) => !existsSync(file));
    if (missing !== undefined) {
      throw new Error(`${missing} is missing: this test runs the built command; run "pnpm build" first`);
    }
    const cfg = join(dataDir, "zoo.cfg");
    const ports = { clientPort: 0, clientPortAddress: "127.0.0.1", "admin.enableServer": "false" };
    const lines = { dataDir, tickTime: 500, ...ports, ...settings };
    await writeFile(
      cfg,
      Object.entries(lines).map(([key, value]) => `${key}=${value}\n`),
    );
    return new ConclaveProcess(cfg);
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** All that it has said so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the exit code when it ends by itself. */
  get ended(): Promise<number | null> {
    return this.#ended.then(() => this.#process.exitCode);
  }

  /** Kills the process by SIGKILL. Resolves when it has ended. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  /** SIGTERM. Resolves with the exit code when it has stopped. */
  async stop(): Promise<number | null> {
    this.#process.kill("SIGTERM");
    await this.#ended;
    return this.#process.exitCode;
  }

  /** Rejects with its output if it ends before. */
  async untilServing(): Promise<void> {
    let hasEnded = false;
    void this.#ended.then(() => {
      hasEnded = true;
    });
    for (;;) {
      const serving = /"connectString":"127\.0\.0\.1:(\d+)".*"msg":"serving clients"/.exec(this.#output);
      if (serving !== null) {
        this.#port = Number(serving[1]);
        return;
      }
      if (hasEnded) throw new Error(`conclave server ended before it served:\n${this.#output}`);
      await Promise.race([once(this.#process.stdout!, "data"), this.#ended]);
    }
  }
}
