import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { pin, type Side } from "./pin.ts";

/** A process of ours that reports by messages, `{ type: … }`, and ends when its parent does. */
export class Child<Report extends { readonly type: string }> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<string>;
  #output = "";

  constructor(script: string, options: ChildOptions = {}) {
    this.#process = fork(script, [JSON.stringify(options.input ?? null)], {
      execPath: options.node ?? process.execPath,
      execArgv: ["--disable-warning=ExperimentalWarning", ...(options.nodeArgs ?? [])],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    if (options.side !== undefined && this.#process.pid !== undefined) pin(this.#process.pid, options.side);
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-8192);
      });
    }
    // Not "close": after a disconnect from this side it may never come.
    const printed = Promise.all([this.#process.stdout!, this.#process.stderr!].map((stream) => once(stream, "close")));
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => resolve(error.message));
      this.#process.once("exit", (code, signal) => {
        const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
        void printed.then(() => resolve(end));
      });
    });
  }

  /** Calls back with each message. */
  onReport(listener: (report: Report) => void): void {
    this.#process.on("message", (message) => listener(message as Report));
  }

  /** The next message of this type. Rejects, with what it printed, when the process ends before or `timeoutMs` pass. */
  next<T extends Report["type"]>(type: T, timeoutMs = 60_000): Promise<Extract<Report, { readonly type: T }>> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#process.off("message", onMessage);
      };
      const fail = (why: string): void => {
        done();
        reject(new Error(`${why}${this.#output === "" ? "" : `; it printed:\n${this.#output}`}`));
      };
      const onMessage = (message: unknown): void => {
        const report = message as Report;
        if (report.type !== type) return;
        done();
        resolve(report as Extract<Report, { readonly type: T }>);
      };
      const timer = setTimeout(() => fail(`no "${type}" within ${timeoutMs} ms`), timeoutMs);
      this.#process.on("message", onMessage);
      void this.#ended.then((end) => fail(`the process ended (${end}) before "${type}"`));
    });
  }

  send<T extends { readonly type: string }>(message: T): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Asks it to end, and after five seconds makes it. Resolves to how it ended. */
  async stop(): Promise<string> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    if (this.#process.connected) this.#process.disconnect();
    const end = await this.#ended;
    clearTimeout(timer);
    return end;
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}

export interface ChildOptions {
  /** Plain data that {@link childInput} gives to the script. */
  readonly input?: unknown;
  /** @default the Node.js that runs this */
  readonly node?: string | undefined;
  readonly nodeArgs?: readonly string[] | undefined;
  /**
   * The cores that it may use.
   * @default all
   */
  readonly side?: Side | undefined;
}

/** In the child: what the parent gave it. */
export function childInput<T>(): T {
  return JSON.parse(process.argv[2] ?? "null") as T;
}

/** In the child: tells the parent. Resolves when it is written. */
export function report<T extends { readonly type: string }>(message: T): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
