import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { OutputRing } from "./output-ring.ts";
import { watchdog } from "./watchdog.ts";

/** Options of {@link ServiceProcess.start}. */
export interface ServiceProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Keep standard input open for {@link ServiceProcess.input}. @default false */
  readonly input?: boolean;
}

/** A child process that ends with this one. Its last output is kept. */
export class ServiceProcess {
  readonly pid: number;
  /** Resolves to the reason of the end, such as `exit code 1`; never rejects. */
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
    // The child may end before it has read all input.
    child.stdin?.on("error", () => {});
    child.once("exit", () => watchdog.exited(pid));
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#end = signal === null ? `exit code ${code}` : `signal ${signal}`;
        resolve(this.#end);
      });
    });
  }

  /** Resolves when the operating system has started the process; rejects if it cannot (no such file, no permission). */
  static start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    return new Promise((resolve, reject) => {
      // A process group of its own: Ctrl-C reaches only the tests, which end their services in order.
      const child = spawn(options.command, options.args, {
        cwd: options.cwd,
        stdio: [options.input === true ? "pipe" : "ignore", "pipe", "pipe"],
        detached: true,
      }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
      child.once("error", reject);
      if (child.pid !== undefined) resolve(new ServiceProcess(child, child.pid));
    });
  }

  /** The last 64 KiB of standard output and standard error. */
  get output(): string {
    return this.#output.text;
  }

  /** The reason of the end, as {@link ended} resolves to; undefined while the process runs. */
  get end(): string | undefined {
    return this.#end;
  }

  /** Standard input of a process that was started with `input: true`; throws for another one. */
  get input(): Writable {
    if (this.#child.stdin === null) throw new Error("the process has no standard input: start it with `input: true`");
    return this.#child.stdin;
  }

  /** Calls `listener` with each later piece of output. */
  onOutput(listener: (text: string) => void): void {
    this.#child.stdout.on("data", listener);
    this.#child.stderr.on("data", listener);
  }

  /** Calls `listener` with each later piece of standard output. */
  onStandardOutput(listener: (text: string) => void): void {
    this.#child.stdout.on("data", listener);
  }

  /** Sends SIGKILL. Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** Sends SIGTERM, and SIGKILL after `graceMs`. Resolves when the process has ended. */
  async stop(graceMs = 5_000): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}
