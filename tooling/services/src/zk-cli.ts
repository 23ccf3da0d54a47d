import { type Apache, apacheOnce } from "./apache.ts";
import { javaArgs, writeLogSettings } from "./apache-command.ts";
import { orThrow } from "./availability.ts";
import { ServiceProcess } from "./service-process.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

export interface ZkCliOptions {
  readonly connectString: string;
  /** What to run. @default what {@link apacheOnce} finds or installs */
  readonly apache?: Apache | undefined;
  /** The session timeout that it asks for. @default 30_000 */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long a command, or a wait for output, may take. @default 20_000 */
  readonly timeoutMs?: number | undefined;
}

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

/** Prints one line of its own, does nothing else, and is not a command that tests care about. */
const marker = { command: "printwatches", line: "printwatches is on\n" } as const;

class JavaCli implements ZkCli {
  readonly #process: ServiceProcess;
  readonly #folder: string;
  readonly #timeoutMs: number;
  #output = "";
  #turn: Promise<unknown> = Promise.resolve();
  /** Those who wait for output look at it when some comes; each goes when it has seen what it waits for. */
  readonly #lookers = new Set<() => boolean>();

  private constructor(process: ServiceProcess, folder: string, timeoutMs: number) {
    this.#process = process;
    this.#folder = folder;
    this.#timeoutMs = timeoutMs;
    process.onOutput((text) => {
      this.#output += text;
      for (const look of this.#lookers) look();
    });
  }

  static async start(options: ZkCliOptions): Promise<JavaCli> {
    const apache = options.apache ?? orThrow(await apacheOnce());
    const folder = await temporaryFolder("zkcli");
    await writeLogSettings(folder);
    const timeout = String(options.sessionTimeoutMs ?? 30_000);
    const args = ["-timeout", timeout, "-waitforconnection", "-server", options.connectString];
    // The shell joins both outputs into one pipe, so that they arrive in order; exec keeps the pid.
    const process = await ServiceProcess.start({
      command: "/bin/sh",
      args: [
        "-c",
        'exec "$0" "$@" 2>&1',
        apache.java.command,
        ...javaArgs(apache, folder, "org.apache.zookeeper.ZooKeeperMain"),
        ...args,
      ],
      input: true,
    });
    const cli = new JavaCli(process, folder, options.timeoutMs ?? 20_000);
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
    return this.#output.replaceAll(marker.line, "");
  }

  run(command: string): Promise<string> {
    const result = this.#turn.then(() => this.#runNow(command));
    this.#turn = result.catch(() => {});
    return result;
  }

  async #runNow(command: string): Promise<string> {
    const start = this.#output.length;
    this.#process.input.write(`${command}\n${marker.command}\n`);
    const end = () => this.#output.indexOf(marker.line, start);
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
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        this.#lookers.delete(look);
        reject(new Error(`zkCli did not ${what}: ${why}. Its output:\n${this.output}`));
      };
      const timer = setTimeout(() => fail(`${this.#timeoutMs} ms passed`), this.#timeoutMs);
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
    const timer = setTimeout(() => void this.kill(), this.#timeoutMs);
    this.#process.input.end("quit\n");
    await this.#process.ended;
    clearTimeout(timer);
    await removeFolder(this.#folder);
    return this.output;
  }

  async kill(): Promise<void> {
    await this.#process.kill();
    await removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts ZooKeeper's own command line client (the program behind `zkCli.sh`). Resolves when it is connected; rejects with
 * its output when that fails.
 */
export const openZkCli = (options: ZkCliOptions): Promise<ZkCli> => JavaCli.start(options);

export interface ZkCliCommands extends ZkCliOptions {
  /** Such as `create -e /a "some data"`, run one after the other in one session. */
  readonly commands: readonly string[];
}

/** Runs commands in a session of its own. Returns what each of them printed, and all output together. */
export const zkCli = async (
  options: ZkCliCommands,
): Promise<{ readonly outputs: readonly string[]; readonly output: string }> => {
  const cli = await openZkCli(options);
  try {
    const outputs: string[] = [];
    for (const command of options.commands) outputs.push(await cli.run(command));
    return { outputs, output: await cli.close() };
  } catch (error) {
    await cli.kill();
    throw error;
  }
};
