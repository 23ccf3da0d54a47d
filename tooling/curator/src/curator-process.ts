import { javaArgs, orThrow, removeFolder, ServiceProcess, temporaryFolder, writeLogSettings } from "@conclave/services";
import { compileJava } from "./compile-java.ts";
import { curatorOnce } from "./curator-once.ts";

/** What a part is with Curator; which verbs it has stands in its Java class, which `Parts.java` names. */
export type PartKind =
  | "mutex"
  | "reader"
  | "writer"
  | "semaphore"
  | "latch"
  | "selector"
  | "member"
  | "barrier"
  | "count"
  | "services";

/** Options for opening a part. */
export interface OpenOptions {
  readonly connectString: string;
  readonly path: string;
  /** @default 15_000 */
  readonly sessionTimeoutMs?: number | undefined;
  /** Identity of the part: the data of its znode, or the name of a member. @default "java" */
  readonly id?: string | undefined;
  /** Further argument of its kind: the permits of a semaphore, the payload of a member. @default "" */
  readonly more?: string | undefined;
}

/** Instance of one recipe in the Java process, with its own session and thread. */
export interface CuratorPart {
  /**
   * Has the process do something after what it was asked before, and resolves with what came of it. Rejects with Curator's
   * error, or with how the process ended. No word may hold a tab or the end of a line.
   */
  call(verb: string, ...words: readonly (string | number)[]): Promise<string[]>;
}

interface Waiting {
  resolve(values: string[]): void;
  reject(error: Error): void;
}

/** A Java process that uses Apache Curator. It ends with this one, or when it is disposed of. */
export class CuratorProcess implements AsyncDisposable {
  readonly #process: ServiceProcess;
  readonly #folder: string;
  readonly #waiting = new Map<string, Waiting>();
  #requests = 0;
  #parts = 0;
  #unread = "";

  private constructor(process: ServiceProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    process.onStandardOutput((text) => this.#read(text));
    void process.ended.then((end) => {
      for (const each of this.#waiting.values())
        each.reject(new Error(`the Java process ended: ${end}\n${process.output}`));
      this.#waiting.clear();
    });
  }

  /** Rejects with a `ServiceUnavailableError` where Curator cannot be had. */
  static async start(): Promise<CuratorProcess> {
    const curator = orThrow(await curatorOnce());
    const classes = await compileJava("conclave", curator);
    const folder = await temporaryFolder("curator");
    await writeLogSettings(folder);
    const args = javaArgs([classes, ...curator.classpath], folder, "conclave.Main");
    return new CuratorProcess(await ServiceProcess.start({ command: curator.java.command, args, input: true }), folder);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Opens a part. Resolves when its session is established. */
  async open(kind: PartKind, options: OpenOptions): Promise<CuratorPart> {
    const { connectString, path, sessionTimeoutMs = 15_000, id = "java", more = "" } = options;
    const name = `part-${++this.#parts}`;
    await this.#ask(name, "open", [kind, connectString, sessionTimeoutMs, path, id, more]);
    return { call: (verb, ...words) => this.#ask(name, verb, words) };
  }

  /** SIGKILL: its sessions stay until they expire. */
  async kill(): Promise<void> {
    await this.#process.kill();
    await removeFolder(this.#folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #ask(part: string, verb: string, words: readonly (string | number)[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const end = this.#process.end;
      if (end !== undefined) return reject(new Error(`the Java process has ended: ${end}`));
      const number = String(++this.#requests);
      this.#waiting.set(number, { resolve, reject });
      this.#process.input.write(`${[number, part, verb, ...words].join("\t")}\n`);
    });
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop() ?? "";
    for (const line of lines) {
      const [number = "", outcome, ...values] = line.split("\t");
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (outcome === "ok") waiting?.resolve(values);
      else waiting?.reject(new Error(`Curator: ${values.join(" ")}`));
    }
  }
}
