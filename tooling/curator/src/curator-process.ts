import { SavedSession } from "@conclave/client";
import { javaArgs, orThrow, removeFolder, ServiceProcess, temporaryFolder, writeLogSettings } from "@conclave/services";
import { compileJava } from "./compile-java.ts";
import { curatorOnce } from "./curator-installation.ts";
import { endSession } from "./end-session.ts";

/** Recipe of Curator. Its verbs are defined by its Java class, which `Recipes.java` names. */
export type RecipeKind =
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

/** Options for opening a recipe. */
export interface OpenOptions {
  readonly connectString: string;
  readonly path: string;
  /** Identity of the participant: the data of its znode, or the name of a member. @default "java" */
  readonly id?: string | undefined;
  /** Argument that depends on the kind: the permits of a semaphore, the payload of a member. @default "" */
  readonly argument?: string | undefined;
}

/** Instance of one recipe in the Java process, with its own session and thread. */
export interface CuratorRecipe {
  /**
   * Calls a verb of the recipe, after all earlier calls of the same instance, and resolves with the values that it returns.
   * Rejects with Curator's error, or with the exit status if the process ends. No argument may contain a tab or a line break.
   */
  call(verb: string, ...args: readonly (string | number)[]): Promise<string[]>;
}

/** Long: a session must not end because the machine is busy. */
const SESSION_TIMEOUT_MS = 40_000;

interface PendingCall {
  resolve(values: string[]): void;
  reject(error: Error): void;
}

/** Java process that uses Apache Curator. It ends with this process, or when it is disposed of. */
export class CuratorProcess implements AsyncDisposable {
  readonly #process: ServiceProcess;
  readonly #folder: string;
  readonly #pending = new Map<string, PendingCall>();
  #requests = 0;
  #recipes = 0;
  #unread = "";
  readonly #sessions: { readonly connectString: string; readonly session: SavedSession }[] = [];

  private constructor(process: ServiceProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    process.onStandardOutput((text) => this.#read(text));
    void process.ended.then((end) => {
      for (const each of this.#pending.values())
        each.reject(new Error(`the Java process ended: ${end}\n${process.output}`));
      this.#pending.clear();
    });
  }

  /** Rejects with a `ServiceUnavailableError` if Curator is neither installed nor installable. */
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

  /** Opens a recipe. Resolves when its session is established. */
  async open(kind: RecipeKind, options: OpenOptions): Promise<CuratorRecipe> {
    const { connectString, path, id = "java", argument = "" } = options;
    const name = `recipe-${++this.#recipes}`;
    const [session = ""] = await this.#call(name, "open", [
      kind,
      connectString,
      SESSION_TIMEOUT_MS,
      path,
      id,
      argument,
    ]);
    this.#sessions.push({ connectString, session: SavedSession.parse(session) });
    return { call: (verb, ...args) => this.#call(name, verb, args) };
  }

  /** Kills the process with SIGKILL, then ends its sessions, as the server does after the session timeout. */
  async kill(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await Promise.all(this.#sessions.map(({ connectString, session }) => endSession(connectString, session)));
  }

  /** Kills the process with SIGKILL. Its sessions stay until they expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
    await removeFolder(this.#folder);
  }

  #call(recipe: string, verb: string, args: readonly (string | number)[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const end = this.#process.end;
      if (end !== undefined) return reject(new Error(`the Java process has ended: ${end}`));
      const number = String(++this.#requests);
      this.#pending.set(number, { resolve, reject });
      this.#process.input.write(`${[number, recipe, verb, ...args].join("\t")}\n`);
    });
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop() ?? "";
    for (const line of lines) {
      const [number = "", outcome, ...values] = line.split("\t");
      const pending = this.#pending.get(number);
      this.#pending.delete(number);
      if (outcome === "ok") pending?.resolve(values);
      else pending?.reject(new Error(`Curator: ${values.join(" ")}`));
    }
  }
}
