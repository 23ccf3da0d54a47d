import { join } from "node:path";
import { Child, type ChildOptions } from "./child.ts";
import type { MemberReport } from "./member-process.ts";

/** A member of an ensemble of our servers: a process that can be killed, stopped and started again on its data. */
export class Member {
  readonly id: number;
  readonly #options: ChildOptions;
  #child: Child<MemberReport> | undefined;
  /** The last role that it reported; undefined while it does not run. */
  mode: string | undefined;
  /** Last output of the process that ended last, after the reason of its end. */
  lastOutput = "";

  /** `input` are the options of its server. */
  constructor(id: number, options: ChildOptions) {
    this.id = id;
    this.#options = options;
  }

  start(): void {
    const child = new Child<MemberReport>(join(import.meta.dirname, "member-process.ts"), this.#options);
    this.#child = child;
    this.mode = "looking";
    child.onReport(({ mode }) => {
      if (this.#child === child) this.mode = mode;
    });
    void child.ended.then((end) => {
      this.lastOutput = `${end}:\n${child.output}`;
      if (this.#child === child) this.#forget();
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The last 8 KiB of the log of the process that runs, or of the last one. */
  get output(): string {
    return this.#child?.output ?? this.lastOutput;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    await this.#forget()?.kill();
  }

  /** Stops the process with SIGSTOP: its sockets stay open, and it does nothing until {@link resume}. */
  pause(): void {
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.#child?.signal("SIGCONT");
  }

  /** Stops the process in order, with SIGTERM; kills it after five seconds. Resolves with the reason of its end. */
  async stop(): Promise<string> {
    const child = this.#forget();
    child?.signal("SIGTERM");
    return (await child?.stop()) ?? "not running";
  }

  #forget(): Child<MemberReport> | undefined {
    const child = this.#child;
    this.#child = undefined;
    this.mode = undefined;
    return child;
  }
}
