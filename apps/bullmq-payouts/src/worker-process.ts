import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PAUSE, toEnvironment, type WorkerSettings } from "./worker-settings.js";

const KEPT_LINES = 30;

/** A worker, in a process of its own. */
export class WorkerProcess {
  readonly instance: string;
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  /** Resolves when the process has ended, however it did, with words for it. */
  readonly ended: Promise<string>;
  /** Resolves when it takes jobs; rejects if it ends before. */
  readonly ready: Promise<void>;

  constructor(settings: WorkerSettings) {
    this.instance = settings.instance;
    const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/worker"));
    const env = { ...process.env, ...toEnvironment(settings) };
    // What this process was started with is a test runner's, if anybody's. Detached: Ctrl-C is not for workers, who end with us.
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

  /** The last lines that it printed. */
  get output(): string {
    return this.#output.join("\n");
  }

  /** Sends a signal and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.ended;
  }

  /** Has the process stop where it stands: nothing in it goes on, until {@link resume}. */
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
