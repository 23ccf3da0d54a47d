import { spawn } from "node:child_process";
import { once } from "node:events";
import { HANG_MS } from "./hang.ts";

/** Result of a command. `code` is -1 if the command could not start or was ended by a signal. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/** Options of {@link runCommand}. */
export interface RunCommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Time after which the command is killed. @default 120_000 */
  readonly timeoutMs?: number;
}

/** Runs a command to its end, with standard output and error as one text. Never rejects. */
export const runCommand = async (
  command: string,
  args: readonly string[],
  options: RunCommandOptions = {},
): Promise<CommandResult> => {
  let output = "";
  try {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? HANG_MS,
      killSignal: "SIGKILL",
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? -1, output };
  } catch (error) {
    // `spawn` throws some failures to start and emits others.
    return { code: -1, output: (error as Error).message };
  }
};
