import { spawn } from "node:child_process";

/** What a finished command left behind. `code` is -1 when it could not be started or was ended by a signal. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

export interface RunCommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command with SIGKILL. @default 60_000 */
  readonly timeoutMs?: number;
}

/** Runs a command to its end, with standard output and error as one text. Never rejects. */
export const runCommand = (
  command: string,
  args: readonly string[],
  options: RunCommandOptions = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", (error) => resolve({ code: -1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? -1, output }));
  });
