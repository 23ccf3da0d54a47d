import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { ChaosCommand, ChaosReport } from "./messages.ts";

/** A child process of contenders. */
export class ChaosProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = "";
  #listener: (report: ChaosReport) => void = () => {};
  #died: ((error: Error) => void) | undefined;
  /** Rejects when the process ends before it is asked to. */
  readonly death: Promise<never>;

  constructor(name: string) {
    this.name = name;
    // Resolved by name: the child loads the built packages, not the sources.
    const program = createRequire(import.meta.url).resolve("@conclave/verification/contender");
    this.#child = fork(program, { serialization: "advanced", silent: true, execArgv: [] });
    this.death = new Promise((_, reject) => {
      this.#died = reject;
    });
    this.death.catch(() => {});
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-8192);
      });
    }
    this.#child.on("message", (report) => this.#listener(report as ChaosReport));
    this.#child.once("exit", (code, signal) => {
      this.#died?.(
        new Error(`the process ${name} ended by ${signal ?? `exit code ${code}`}; it printed:\n${this.#output}`),
      );
    });
  }

  /** Sets the listener for all later reports. */
  onReport(listener: (report: ChaosReport) => void): void {
    this.#listener = listener;
  }

  send(command: ChaosCommand): void {
    if (this.#child.connected) this.#child.send(command);
  }

  /** Suspends the process (SIGSTOP). */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  async close(): Promise<void> {
    this.#died = undefined;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.thaw();
    this.#child.kill("SIGKILL");
    await ended;
  }
}
