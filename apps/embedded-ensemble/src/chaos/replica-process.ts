import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const KEPT_LINES = 30;
/** The built program, also for callers that are not built. */
const MAIN = fileURLToPath(import.meta.resolve("@conclave/embedded-ensemble/main"));

/** Process of one replica. */
export class ReplicaProcess {
  readonly id: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #lastLines: string[] = [];
  #isEnding = false;

  /** Starts the process. `onExit` is called if it ends without {@link end}. */
  constructor(id: number, env: NodeJS.ProcessEnv, onExit: (error: Error) => void) {
    this.id = id;
    // Detached: Ctrl-C reaches only the demo, which ends its processes in order.
    this.#child = fork(MAIN, { env: { ...process.env, ...env }, execArgv: [], silent: true, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => {
        this.#lastLines.push(line);
        this.#lastLines.splice(0, this.#lastLines.length - KEPT_LINES);
      });
    }
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#child.once("error", onExit);
    this.#child.once("close", (code, signal) => {
      if (this.#isEnding) return;
      onExit(new Error(`replica ${id} exited unexpectedly with ${code ?? signal}\n${this.output}`));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#lastLines.join("\n");
  }

  /** Stops all threads of the process, until {@link resume}. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Sends a signal, and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#isEnding = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#closed;
  }
}
