import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { pin, type Side } from "./pin.ts";

/** A child process that reports by messages, `{ type: … }`, and ends when its parent ends. */
export class Child<Report extends { readonly type: string }> {
  readonly #process: ChildProcess;
  readonly #ended: Promise<string>;
  #output = "";

  constructor(script: string, options: ChildOptions = {}) {
    const [execPath = "", ...before] = [...(options.prefix ?? []), options.node ?? process.execPath];
    this.#process = fork(script, [JSON.stringify(options.input ?? null)], {
      execPath,
      execArgv: [...before, "--disable-warning=ExperimentalWarning", ...(options.nodeArgs ?? [])],
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    if (options.side !== undefined && this.#process.pid !== undefined) pin(this.#process.pid, options.side);
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-8192);
      });
    }
    // Waits for "exit", because "close" may never come after a disconnect by the parent.
    const printed = Promise.all([this.#process.stdout!, this.#process.stderr!].map((stream) => once(stream, "close")));
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => resolve(error.message));
      this.#process.once("exit", (code, signal) => {
        const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
        void printed.then(() => resolve(end));
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves with the reason of the end, such as `exit code 1`. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** The last 8 KiB of its output. */
  get output(): string {
    return this.#output;
  }

  /** Calls `listener` with each message. */
  onReport(listener: (report: Report) => void): void {
    this.#process.on("message", (message) => listener(message as Report));
  }

  /**
   * Resolves with the next message of this type. Rejects, with the output of the process, if the process ends before or
   * after `timeoutMs`.
   */
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

  /** Disconnects, which ends the process in order, and kills it after five seconds. Resolves to the reason of the end. */
  async stop(): Promise<string> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    if (this.#process.connected) this.#process.disconnect();
    const end = await this.#ended;
    clearTimeout(timer);
    return end;
  }

  /** Sends a signal, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}

export interface ChildOptions {
  /** Plain data, which {@link childInput} returns in the child process. */
  readonly input?: unknown;
  /** @default the Node.js of this process */
  readonly node?: string | undefined;
  readonly nodeArgs?: readonly string[] | undefined;
  /** Words before the command: a program that runs it, such as `ip netns exec <name>`. */
  readonly prefix?: readonly string[] | undefined;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * The cores that it may use.
   * @default all
   */
  readonly side?: Side | undefined;
}

/** Returns, in the child process, the input from the parent. */
export function childInput<T>(): T {
  return JSON.parse(process.argv[2] ?? "null") as T;
}

/** Sends, in the child process, a message to the parent. Resolves when it is written. */
export function report<T extends { readonly type: string }>(message: T): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
