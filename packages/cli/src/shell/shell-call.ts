import { type ParseArgsConfig, parseArgs } from "node:util";
import type { ZooKeeper } from "@conclave/client";
import { similarKey } from "../config/similar-key.js";
import { jsonLine } from "../json-line.js";
import type { MemberReading } from "../members/member-reading.js";
import { quotedIfNeeded } from "../quoted.js";
import { ShellError } from "./shell-error.js";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** One command of the shell. */
export interface ShellCommand {
  readonly name: string;
  /** Arguments after the name, such as `[-R] [path]`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: Options;
  /** Least and largest number of arguments that are no options. */
  readonly counts: readonly [number, number];
  /** Prints its result through the call. Rejects with a {@link ShellError}, or an error of the client. */
  readonly run: (call: ShellCall) => Promise<void>;
}

/** Destination of the results of a command. */
export interface ShellOutput {
  readonly asJson: boolean;
  /** False in a command that ends with its session. */
  readonly isInteractive: boolean;
  /** Prints text, of which the caller has escaped what others wrote. */
  line(text: string): Promise<void>;
  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): Promise<void>;
  /** Sends all that was printed. */
  flush(): Promise<void>;
}

/** Surroundings of a {@link ShellCall}. */
export type ShellCallContext = Pick<ShellCall, "zk" | "output" | "signal" | "readServers">;

/** One run of a command: its arguments, and what it works with. */
export class ShellCall {
  readonly zk: ZooKeeper;
  readonly output: ShellOutput;
  /** Ends the command. */
  readonly signal: AbortSignal;
  /** Asks all servers for the connections of their clients. */
  readonly readServers: (signal: AbortSignal) => Promise<readonly MemberReading[]>;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #positionals: readonly string[];

  constructor(command: ShellCommand, args: readonly string[], context: ShellCallContext) {
    const { values, positionals } = parsed(command, args);
    this.#values = values;
    this.#positionals = positionals;
    this.zk = context.zk;
    this.signal = context.signal;
    this.readServers = context.readServers;
    this.output = values.json === true ? { ...asObject(context.output), asJson: true } : context.output;
  }

  /** Returns an argument that is no option, as text. */
  text(index: number): string | undefined {
    return this.#positionals[index];
  }

  /** Returns an argument as a path; `/` if it is missing. A `/` at its end is dropped. Throws a {@link ShellError}. */
  path(index: number): string {
    const text = this.#positionals[index] ?? "/";
    if (!text.startsWith("/")) throw new ShellError(`${quotedIfNeeded(text)} is no path: paths begin with /`);
    return text === "/" ? text : text.replace(/\/$/, "");
  }

  /** Returns true for an option without a value that was given. */
  has(option: string): boolean {
    return this.#values[option] === true;
  }

  /** Returns the value of an option. */
  value(option: string): string | undefined {
    return this.#values[option] as string | undefined;
  }

  /** Returns the value of an option as a whole number. Throws a {@link ShellError} for another text. */
  number(option: string): number | undefined {
    const text = this.value(option);
    if (text === undefined || /^-?\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
    throw new ShellError(`--${option} is ${quotedIfNeeded(text)}, and must be a whole number`);
  }

  /** Prints a result: `value` as JSON, or the lines of text. */
  async print(value: unknown, ...lines: readonly string[]): Promise<void> {
    const { asJson } = this.output;
    for (const line of asJson ? [jsonLine(value)] : lines) await this.output.line(line);
  }
}

/** Copies the methods too, which may be those of a class. */
function asObject(output: ShellOutput): ShellOutput {
  return {
    asJson: output.asJson,
    isInteractive: output.isInteractive,
    line: (text) => output.line(text),
    raw: (bytes) => output.raw(bytes),
    flush: () => output.flush(),
  };
}

function parsed(
  { name, usage, options = {}, counts: [least, most] }: ShellCommand,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  const all: Options = { ...options, json: { type: "boolean" } };
  const advice = `usage: ${name} ${usage}`.trimEnd();
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: all, allowPositionals: true, strict: true });
    if (positionals.length < least) throw new ShellError(`${name}: an argument is missing; ${advice}`);
    if (positionals.length > most) {
      const extra = quotedIfNeeded(positionals[most]!);
      throw new ShellError(`${name}: ${extra} is one argument too many (quote text with spaces); ${advice}`);
    }
    return { values, positionals };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("ERR_PARSE_ARGS_")) throw error;
    const unknown = /'(--?[^']+)'/.exec((error as Error).message)?.[1];
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || unknown === undefined) {
      throw new ShellError(`${name}: ${(error as Error).message}; ${advice}`);
    }
    const similar = similarKey(unknown.replace(/^-+/, ""), Object.keys(all));
    const question = similar === undefined ? "" : ` (did you mean --${similar}?)`;
    throw new ShellError(`${name}: unknown option ${quotedIfNeeded(unknown)}${question}; ${advice}`);
  }
}
