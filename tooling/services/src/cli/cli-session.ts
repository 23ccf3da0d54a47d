import { ServiceProcess } from "../process/service-process.ts";

/** A running command line client with one session, and the watches of that session. */
export interface ZkCli extends AsyncDisposable {
  readonly pid: number;
  /** All output so far, of standard output and standard error, in order. */
  readonly output: string;
  /** Runs one command and returns its output, errors such as `Node does not exist: /a` included. */
  run(command: string): Promise<string>;
  /** Waits until all output so far contains or matches `expected`, and returns the output. */
  waitFor(expected: string | RegExp): Promise<string>;
  /** Closes the session (`quit`) and ends the process. Returns all output. May be called more than once. */
  close(): Promise<string>;
  /** Sends SIGKILL; the session stays until it expires. */
  kill(): Promise<void>;
}

/** Settings of {@link CliSession}. */
export interface CliSessionOptions {
  /** Name of the client in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** A command without effects, which prints `output` once all commands before it are answered. */
  readonly marker: { readonly command: string; readonly output: string };
  /** Bound of a command, and of a wait for output. */
  readonly timeoutMs: number;
  /** Called when the process has ended, possibly more than once. */
  readonly cleanUp?: () => Promise<void>;
}

/** A {@link ZkCli} on a program that reads commands from its input. A marker shows the end of the output of each command. */
export class CliSession implements ZkCli {
  readonly #options: CliSessionOptions;
  readonly #process: ServiceProcess;
  #output = "";
  #turn: Promise<unknown> = Promise.resolve();
  /** Pending waits for output: called after each piece of output, and removed once they return true. */
  readonly #waiters = new Set<() => boolean>();

  private constructor(options: CliSessionOptions, process: ServiceProcess) {
    this.#options = options;
    this.#process = process;
    process.onOutput((text) => {
      this.#output += text;
      for (const check of this.#waiters) check();
    });
  }

  /** Resolves when the client is connected; rejects with its output if that fails. */
  static async start(options: CliSessionOptions): Promise<CliSession> {
    // The shell joins both outputs into one pipe, so that they arrive in order; exec keeps the pid.
    const process = await ServiceProcess.start({
      command: "/bin/sh",
      args: ["-c", 'exec "$0" "$@" 2>&1', options.command, ...options.args],
      input: true,
    });
    const cli = new CliSession(options, process);
    try {
      // Separates the greeting from the output of the first command.
      await cli.run("");
      return cli;
    } catch (error) {
      await cli.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  get output(): string {
    return this.#output.replaceAll(this.#options.marker.output, "");
  }

  run(command: string): Promise<string> {
    const result = this.#turn.then(() => this.#runNow(command));
    this.#turn = result.catch(() => {});
    return result;
  }

  async #runNow(command: string): Promise<string> {
    const { marker } = this.#options;
    const start = this.#output.length;
    this.#process.input.write(`${command}\n${marker.command}\n`);
    const end = () => this.#output.indexOf(marker.output, start);
    await this.#until(() => end() !== -1, `finish ${JSON.stringify(command)}`);
    return this.#output.slice(start, end());
  }

  async waitFor(expected: string | RegExp): Promise<string> {
    const holds = () =>
      typeof expected === "string" ? this.output.includes(expected) : this.output.search(expected) !== -1;
    await this.#until(holds, `print ${expected}`);
    return this.output;
  }

  #until(holds: () => boolean, action: string): Promise<void> {
    const { name, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        this.#waiters.delete(check);
        reject(new Error(`${name} did not ${action}: ${reason}. Its output:\n${this.output}`));
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      const check = () => {
        if (!holds()) return false;
        this.#waiters.delete(check);
        clearTimeout(timer);
        resolve();
        return true;
      };
      if (check()) return;
      this.#waiters.add(check);
      void this.#process.ended.then((end) => {
        clearTimeout(timer);
        fail(end);
      });
    });
  }

  async close(): Promise<string> {
    const timer = setTimeout(() => void this.kill(), this.#options.timeoutMs);
    this.#process.input.end("quit\n");
    await this.#process.ended;
    clearTimeout(timer);
    await this.#options.cleanUp?.();
    return this.output;
  }

  async kill(): Promise<void> {
    await this.#process.kill();
    await this.#options.cleanUp?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
