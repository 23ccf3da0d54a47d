import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";

const KEPT_LINES = 30;
const MAIN = new URL("./main.js", import.meta.url);

/** Process of one replica. */
export class ReplicaProcess {
  readonly id: number;
  /** URL of its page; rejects if the process ends before it serves the page. */
  readonly url: Promise<string>;
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
    this.url = new Promise((resolve, reject) => {
      this.#child.once("message", (message) => resolve((message as { readonly url: string }).url));
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        const error = new Error(`replica ${id} exited unexpectedly with ${code ?? signal}\n${this.output}`);
        reject(error);
        if (!this.#isEnding) onExit(error);
      });
    });
    this.url.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#lastLines.join("\n");
  }

  /** Sends a signal, and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#isEnding = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#closed;
  }
}
