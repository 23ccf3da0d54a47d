import { ServiceProcess } from "./service-process.ts";

/** A running command line client with one session, and the watches of that session. */
export interface ZkCli extends AsyncDisposable {
  readonly pid: number;
  /** Everything that it printed so far, to standard output and standard error, in order. */
  readonly output: string;
  /** Runs one command and returns what it printed, errors such as `Node does not exist: /a` included. */
  run(command: string): Promise<string>;
  /** Waits until the output holds the text or matches, and returns the output. What was printed before counts too. */
  waitFor(expected: string | RegExp): Promise<string>;
  /** Closes the session (`quit`) and ends the process. Returns all output. May be called again. */
  close(): Promise<string>;
  /** SIGKILL: the session stays until it expires. */
  kill(): Promise<void>;
}

export interface CliSessionOptions {
  /** For people. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** A command that prints `output` once those before it are answered, and does nothing else that tests care about. */
  readonly marker: { readonly command: string; readonly output: string };
  /** How long a command, or a wait for output, may take. */
  readonly timeoutMs: number;
  /** Called when the process is gone; may be called again. */
  readonly cleanUp?: () => Promise<void>;
}

/** A {@link ZkCli} that reads commands from its input, and shows the end of each one's output by a marker. */
export class CliSession implements ZkCli {
  readonly #options: CliSessionOptions;
  readonly #process: ServiceProcess;
  #output = "";
  #turn: Promise<unknown> = Promise.resolve();
  /** Those who wait for output look at it when some comes; each goes when it has seen what it waits for. */
  readonly #lookers = new Set<() => boolean>();

  private constructor(options: CliSessionOptions, process: ServiceProcess) {
    this.#options = options;
    this.#process = process;
    process.onOutput((text) => {
      this.#output += text;
      for (const look of this.#lookers) look();
    });
  }

  /** Resolves when it is connected; rejects with its output when that fails. */
  static async start(options: CliSessionOptions): Promise<CliSession> {
    // The shell joins both outputs into one pipe, so that they arrive in order; exec keeps the pid.
    const process = await ServiceProcess.start({
      command: "/bin/sh",
      args: ["-c", 'exec "$0" "$@" 2>&1', options.command, ...options.args],
      input: true,
    });
    const cli = new CliSession(options, process);
    try {
      // The greeting is not the first command's output.
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

  #until(holds: () => boolean, what: string): Promise<void> {
    const { name, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        this.#lookers.delete(look);
        reject(new Error(`${name} did not ${what}: ${why}. Its output:\n${this.output}`));
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      const look = () => {
        if (!holds()) return false;
        this.#lookers.delete(look);
        clearTimeout(timer);
        resolve();
        return true;
      };
      if (look()) return;
      this.#lookers.add(look);
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
