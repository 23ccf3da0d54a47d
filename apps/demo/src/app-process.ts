import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";

const KEPT_LINES = 20;

/** A sample app's command in a process of its own, its lines told as they come. */
export class AppProcess {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #last: string[] = [];

  constructor(main: string, args: readonly string[], env: NodeJS.ProcessEnv, tell: (line: string) => void) {
    // Detached: Ctrl-C reaches the demo alone, which ends its processes in order; and each ends when the demo is gone.
    this.#child = fork(main, args, { env: { ...process.env, NO_COLOR: "1", ...env }, silent: true, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => {
        if (line.trim() === "") return;
        this.#last.push(line);
        this.#last.splice(0, this.#last.length - KEPT_LINES);
        tell(line.trim());
      });
    }
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** The last lines that it printed. */
  get output(): string {
    return this.#last.join("\n");
  }

  /** The first message that it sends; rejects if it ends before. */
  message<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once("message", (message) => resolve(message as T));
      this.#child.once("error", reject);
      this.#child.once("close", () => reject(new Error(`the app ended too soon\n${this.output}`)));
    });
  }

  /** Sends a signal and resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.ended;
  }
}
