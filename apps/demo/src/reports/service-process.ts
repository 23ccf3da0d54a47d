import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const KEPT_LINES = 20;

/** An instance of nest-reports, in a process of its own. */
export class ServiceProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<void>;
  /** Where it answers HTTP; rejects if it ends before it listens. */
  readonly url: Promise<string>;

  constructor(name: string, env: NodeJS.ProcessEnv) {
    this.name = name;
    const main = fileURLToPath(import.meta.resolve("@conclave/nest-reports/main"));
    this.#child = fork(main, {
      env: { ...process.env, ...env, INSTANCE: name, PORT: "0", NO_COLOR: "1" },
      silent: true,
      // Ctrl-C reaches the demo alone, which ends its processes in order; and this one ends when the demo is gone.
      detached: true,
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#keep(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#keep(chunk));
    this.ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.url = new Promise((resolve, reject) => {
      this.#child.once("message", (message) => resolve((message as { url: string }).url));
      this.#child.once("error", reject);
      this.#child.once("close", (code) => reject(new Error(`${name} ended with code ${code} before it listened`)));
    });
    this.url.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#output.join("\n");
  }

  /** Sends a signal and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.ended;
  }

  /** Stops the process where it stands; it does not notice. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  #keep(chunk: Buffer): void {
    this.#output.push(...chunk.toString().split("\n").filter(Boolean));
    this.#output.splice(0, this.#output.length - KEPT_LINES);
  }
}
