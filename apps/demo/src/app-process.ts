import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";

const KEPT_LINES = 20;

/** Settings of {@link AppProcess}. */
export interface AppProcessOptions {
  readonly args?: readonly string[];
  /** Added to the environment of the demo. */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives each line that the process prints, without surrounding space. */
  readonly onLine?: (line: string) => void;
}

/** A process of a sample app. The process ends when the demo ends, however the demo ends. */
export class AppProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #lastLines: string[] = [];

  /** Starts `main`, a JavaScript file. */
  constructor(name: string, main: string, { args = [], env = {}, onLine }: AppProcessOptions) {
    this.name = name;
    // Detached: Ctrl-C reaches only the demo, which ends its processes in order.
    this.#child = fork(main, args, { env: { ...process.env, NO_COLOR: "1", ...env }, silent: true, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => {
        if (line.trim() === "") return;
        this.#lastLines.push(line);
        this.#lastLines.splice(0, this.#lastLines.length - KEPT_LINES);
        onLine?.(line.trim());
      });
    }
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines that the process printed. */
  get output(): string {
    return this.#lastLines.join("\n");
  }

  /** Resolves with the first message of the process; rejects if the process ends before it sends one. */
  message<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once("message", (message) => resolve(message as T));
      this.#child.once("error", reject);
      this.#child.once("close", (code) =>
        reject(new Error(`${this.name} exited with code ${code} before it was ready\n${this.output}`)),
      );
    });
  }

  /** Sends a signal to the process and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.#closed;
  }

  /** Stops the process between two instructions; the process does not notice. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }
}
