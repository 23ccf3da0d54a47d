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
  /** Output of the last process that ended by itself. */
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
      if (this.#child !== child) return;
      this.#forget();
      this.lastOutput = `${end}: ${child.output}`;
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
    await this.#forget()?.kill();
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
    return (await this.#forget()?.stop()) ?? "not running";
  }

  #forget(): Child<MemberReport> | undefined {
    const child = this.#child;
    this.#child = undefined;
    this.mode = undefined;
    return child;
  }
}
