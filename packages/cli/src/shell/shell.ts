import { shownText } from "@conclave/runtime";
import { similarKey } from "../config/similar-key.js";
import { quotedIfNeeded } from "../quoted.js";
import { explainError } from "./explain-error.js";
import { READ_COMMANDS } from "./read-commands.js";
import { RECIPE_COMMANDS } from "./recipe-commands.js";
import { ShellCall, type ShellCallContext, type ShellCommand } from "./shell-call.js";
import { ShellError } from "./shell-error.js";
import { splitLine } from "./split-line.js";
import { WRITE_COMMANDS } from "./write-commands.js";

const PATHS_PER_COMPLETION = 200;

/** Settings of {@link Shell}. */
export interface ShellOptions extends Omit<ShellCallContext, "signal"> {
  /** Prints an error for the user. */
  complain(text: string): void;
}

/** Runs commands on one connection, and remembers the lines. */
export class Shell {
  readonly #options: ShellOptions;
  readonly #lines: string[] = [];
  readonly #commands: ReadonlyMap<string, ShellCommand>;

  constructor(options: ShellOptions) {
    this.#options = options;
    const own: readonly ShellCommand[] = [
      {
        name: "history",
        usage: "",
        summary: "print the lines of this shell",
        counts: [0, 0],
        run: (call) => this.#history(call),
      },
      {
        name: "help",
        usage: "[command]",
        summary: "list the commands, or describe one",
        counts: [0, 1],
        run: (call) => this.#help(call),
      },
    ];
    this.#commands = new Map(
      [...READ_COMMANDS, ...WRITE_COMMANDS, ...RECIPE_COMMANDS, ...own].map((each) => [each.name, each]),
    );
  }

  /** Runs a line. Resolves with false if the command failed; its error was printed. */
  async line(text: string, signal: AbortSignal): Promise<boolean> {
    this.#lines.push(text);
    return this.#guarded(async () => {
      const words = splitLine(text);
      if (words.length > 0) await this.#run(words, signal);
    });
  }

  /** Runs a command, given as its name and arguments. Resolves with false if it failed; its error was printed. */
  run(words: readonly string[], signal: AbortSignal): Promise<boolean> {
    return this.#guarded(() => this.#run(words, signal));
  }

  /**
   * Returns the completions of the last word of a line, and that word, as the completer of `node:readline` does: names of
   * commands, then paths. Names that would need quotes are left out.
   */
  async complete(line: string): Promise<[string[], string]> {
    const word = /\S*$/.exec(line)![0];
    if (word === line.trimStart()) {
      return [
        [...this.#commands.keys(), "exit"].filter((name) => name.startsWith(word)).map((name) => `${name} `),
        word,
      ];
    }
    if (!word.startsWith("/")) return [[], word];
    const parent = word.slice(0, word.lastIndexOf("/")) || "/";
    try {
      const names = (await this.#options.zk.getChildren(parent)).sort();
      const paths = names.map((name) => (parent === "/" ? `/${name}` : `${parent}/${name}`));
      const plain = paths.filter((path) => path.startsWith(word) && /^[\w./:@+=-]+$/.test(path));
      return [plain.slice(0, PATHS_PER_COMPLETION), word];
    } catch {
      return [[], word];
    }
  }

  async #guarded(run: () => Promise<void>): Promise<boolean> {
    const { zk, output, complain } = this.#options;
    try {
      await run();
      return true;
    } catch (error) {
      const message = explainError(error, zk);
      if (message === undefined) throw error;
      await output.flush();
      complain(message);
      return false;
    } finally {
      await output.flush();
    }
  }

  async #run([name = "", ...args]: readonly string[], signal: AbortSignal): Promise<void> {
    const command = this.#commands.get(name);
    if (command === undefined) {
      const similar = similarKey(name, this.#commands.keys());
      const advice = similar === undefined ? "help lists them" : `did you mean ${similar}?`;
      throw new ShellError(`${quotedIfNeeded(name)} is no command of the shell: ${advice}`);
    }
    const context = { ...this.#options, signal };
    const isHelp = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).includes("--help");
    if (isHelp) await this.#help(new ShellCall(this.#commands.get("help")!, [name], context));
    else await command.run(new ShellCall(command, args, context));
  }

  async #history(call: ShellCall): Promise<void> {
    if (!call.output.isInteractive) throw new ShellError("history: a shell with a command has none");
    for (const [index, line] of this.#lines.entries()) {
      await call.print({ number: index + 1, line }, `${String(index + 1).padStart(4)}  ${shownText(line)}`);
    }
  }

  async #help(call: ShellCall): Promise<void> {
    const name = call.text(0);
    const shown = [...this.#commands.values()].filter((each) => name === undefined || each.name === name);
    if (shown.length === 0) throw new ShellError(`help: ${quotedIfNeeded(name!)} is no command of the shell`);
    for (const { name: each, usage, summary } of shown) {
      await call.print({ name: each, usage, summary }, `${each} ${usage}`.trimEnd(), `    ${summary}`);
    }
  }
}
