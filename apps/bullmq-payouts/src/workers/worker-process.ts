import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PAUSE, toEnvironment, type WorkerSettings } from "./worker-settings.js";

const KEPT_LINES = 30;

/** A worker in a child process. */
export class WorkerProcess {
  readonly instance: string;
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  /** Resolves when the process has ended, with the signal or the exit code. */
  readonly ended: Promise<string>;
  /** Resolves when the worker takes jobs; rejects if the process ends before. */
  readonly ready: Promise<void>;

  constructor(settings: WorkerSettings) {
    this.instance = settings.instance;
    const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/worker"));
    const env = { ...process.env, ...toEnvironment(settings) };
    // Without this process's own Node.js flags, which may be a test runner's. Detached: Ctrl-C must not reach the workers,
    // which this process ends.
    this.#child = fork(main, { execArgv: [], env, silent: true, detached: true });
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#keep(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#keep(chunk));
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.ready = new Promise((resolve, reject) => {
      this.#child.once("message", () => resolve());
      this.#child.once("error", reject);
      void this.ended.then((end) =>
        reject(new Error(`${this.instance} ended before it was ready: ${end}\n${this.output}`)),
      );
    });
    this.ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Last lines that the process printed. */
  get output(): string {
    return this.#output.join("\n");
  }

  /** Sends a signal and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.ended;
  }

  /** Stops the process with SIGSTOP until {@link resume}. */
  pause(): void {
    this.#child.send(PAUSE);
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  #keep(chunk: Buffer): void {
    this.#output.push(...chunk.toString().split("\n").filter(Boolean));
    this.#output.splice(0, this.#output.length - KEPT_LINES);
  }
}
