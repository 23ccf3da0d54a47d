import { join } from "node:path";
import { Child } from "./child.ts";
import type { MemberReport } from "./member-process.ts";

/** A member of an ensemble of our servers: a process that can be killed, stopped and started again on its data. */
export class Member {
  readonly id: number;
  readonly #options: object;
  #child: Child<MemberReport> | undefined;
  /** The last role that it reported; undefined while it does not run. */
  mode: string | undefined;

  constructor(id: number, options: object) {
    this.id = id;
    this.#options = options;
  }

  start(): void {
    this.#child = new Child<MemberReport>(join(import.meta.dirname, "member-process.ts"), { input: this.#options });
    this.mode = "looking";
    this.#child.onReport(({ mode }) => {
      this.mode = mode;
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.mode = undefined;
    await child?.kill();
  }

  /** Stops the process with SIGSTOP: its sockets stay open, and it does nothing until {@link resume}. */
  pause(): void {
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.#child?.signal("SIGCONT");
  }

  /** Stops the process in order. Resolves with the reason of its end. */
  async stop(): Promise<string> {
    const child = this.#child;
    this.#child = undefined;
    this.mode = undefined;
    return (await child?.stop()) ?? "not running";
  }
}
