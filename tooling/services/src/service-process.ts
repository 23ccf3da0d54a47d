import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { OutputRing } from "./output-ring.ts";
import { watchdog } from "./watchdog.ts";

export interface ServiceProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Keep standard input open for {@link ServiceProcess.input}. @default false */
  readonly input?: boolean;
}

/** A child process that cannot outlive this one, and whose last output is kept. */
export class ServiceProcess {
  readonly pid: number;
  /** Resolves (never rejects) to words for how it ended, such as `exit code 1`. */
  readonly ended: Promise<string>;
  #end: string | undefined;
  readonly #child: ChildProcessByStdio<Writable | null, Readable, Readable>;
  readonly #output = new OutputRing(64 * 1024);

  private constructor(child: ChildProcessByStdio<Writable | null, Readable, Readable>, pid: number) {
    this.#child = child;
    this.pid = pid;
    watchdog.process(pid);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#output.push(text));
    }
    // The child may end before it has read all that we wrote.
    child.stdin?.on("error", () => {});
    child.once("exit", () => watchdog.exited(pid));
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#end = signal === null ? `exit code ${code}` : `signal ${signal}`;
        resolve(this.#end);
      });
    });
  }

  /** Resolves once the operating system has started it; rejects when it cannot (no such file, no permission). */
  static start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    return new Promise((resolve, reject) => {
      // A process group of its own: Ctrl-C reaches the tests, which then end their services in order.
      const child = spawn(options.command, options.args, {
        cwd: options.cwd,
        stdio: [options.input === true ? "pipe" : "ignore", "pipe", "pipe"],
        detached: true,
      }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
      child.once("error", reject);
      if (child.pid !== undefined) resolve(new ServiceProcess(child, child.pid));
    });
  }

  /** The last 64 KiB that it wrote to standard output and standard error. */
  get output(): string {
    return this.#output.text;
  }

  /** How it ended, or `undefined` while it runs. */
  get end(): string | undefined {
    return this.#end;
  }

  /** Its standard input, when it was started with `input: true`. */
  get input(): Writable {
    if (this.#child.stdin === null) throw new Error("The process was started without an input");
    return this.#child.stdin;
  }

  /** Calls back with each piece of output from now on. */
  onOutput(listener: (text: string) => void): void {
    this.#child.stdout.on("data", listener);
    this.#child.stderr.on("data", listener);
  }

  /** As {@link onOutput}, without standard error. */
  onStandardOutput(listener: (text: string) => void): void {
    this.#child.stdout.on("data", listener);
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** SIGTERM, then SIGKILL when it is still there after `graceMs`. Resolves when it is gone. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}
