import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = join(import.meta.dirname, "../bin/conclave.js");
const built = join(import.meta.dirname, "../dist/main.js");

/** Lines of a `zoo.cfg` for a server on a free port, with its data in the folder of the test. */
export const config = "clientPort=0\nclientPortAddress=127.0.0.1\ndataDir=data\nadmin.enableServer=false\n";

/** A line of the log, or of other output in JSON. */
interface Line {
  readonly level?: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** The built command as a process of its own, and its output. */
export class Conclave {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stdout = "";
  stderr = "";

  constructor(process: ChildProcess) {
    this.process = process;
    process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(process, "close").then(([code, signal]) => ({ code, signal }));
  }

  /** Returns the first line of standard output, once it is there. */
  async firstLine(): Promise<string> {
    while (!this.stdout.includes("\n")) await this.#more("a first line");
    return this.stdout.slice(0, this.stdout.indexOf("\n"));
  }

  /** Returns the whole lines of the log. */
  get lines(): Line[] {
    return this.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  /** Returns the first line with this message, once it is there. */
  line(msg: string): Promise<Line> {
    return this.lineWith({ msg });
  }

  /** Returns the first line with these fields, once it is there. */
  async lineWith(fields: Readonly<Record<string, unknown>>): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => Object.entries(fields).every(([key, value]) => line[key] === value));
      if (found !== undefined) return found;
      await this.#more(JSON.stringify(fields));
    }
  }

  /** Waits for more output. Rejects at the end of the process. */
  async #more(wanted: string): Promise<void> {
    const end = await Promise.race([once(this.process.stdout!, "data").then(() => undefined), this.ended]);
    if (end === undefined) return;
    throw new Error(`it ended (${end.code ?? end.signal}) without ${wanted}:\n${this.stdout}${this.stderr}`);
  }

  /** Returns the client port, once it is open. */
  async port(): Promise<number> {
    const { connectString } = await this.line("serving clients");
    return Number(/:(\d+)$/.exec(String(connectString))![1]);
  }
}

/** A folder of a test, in which it runs the command. */
export class CommandFolder {
  readonly path: string;
  readonly #running = new Set<ChildProcess>();

  constructor() {
    if (!existsSync(built))
      throw new Error(`${built} is missing: these tests run the built command; run "pnpm build" first`);
    this.path = mkdtempSync(join(tmpdir(), "conclave-cli-"));
  }

  /** Starts the command with these arguments. */
  start(...args: readonly string[]): Conclave {
    return this.#spawn(process.execPath, [command, ...args]);
  }

  /** Starts a server with this text as its `zoo.cfg`. */
  serve(text: string, ...args: readonly string[]): Conclave {
    writeFileSync(join(this.path, "zoo.cfg"), text);
    return this.start("server", "zoo.cfg", ...args);
  }

  /** Starts the command while the kernel refuses to make its files larger than 64 blocks, at most 64 KiB. */
  startOnFullDisk(...args: readonly string[]): Conclave {
    return this.#spawn("sh", ["-c", 'ulimit -f 64 && exec "$0" "$@"', process.execPath, command, ...args]);
  }

  /** Ends the processes, and removes the folder. */
  close(): void {
    for (const each of this.#running) each.kill("SIGKILL");
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 });
  }

  #spawn(program: string, args: readonly string[]): Conclave {
    // Temporary folders of the command are in the folder of the test.
    const env = { ...process.env, TMPDIR: this.path };
    const spawned = spawn(program, args, { cwd: this.path, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(spawned);
    return new Conclave(spawned);
  }
}
