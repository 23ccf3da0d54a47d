import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { parseConnectString, type ZooKeeper } from "@conclave/client";
import { type ConnectionSettings, tlsOptions } from "../connection/connection-settings.js";
import { openClient } from "../connection/open-client.js";
import { ExitCode } from "../exit-code.js";
import { readConfiguration } from "../members/find-ensemble.js";
import type { MemberReading } from "../members/member-reading.js";
import { readEnsemble } from "../members/read-ensemble.js";
import { Output } from "../output.js";
import { Shell } from "./shell.js";
import type { ShellOutput } from "./shell-call.js";

const READ_ONLY = "no server has a quorum: one answers reads, from its last known state, and refuses writes";

/** Settings of `conclave shell`. */
export interface ShellSettings extends ConnectionSettings {
  /** One command with its arguments; empty: read lines. */
  readonly command: readonly string[];
  readonly asJson: boolean;
}

/** Streams of the process, and what the command does with it. */
export interface ShellContext {
  readonly input: Readable;
  readonly output: Writable;
  /** True for a person at a terminal: with a prompt, completion and history. */
  readonly isTerminal: boolean;
  /** Prints an error for the user. */
  complain(text: string): void;
  /** Calls back for each SIGTERM and SIGINT. Returns a function that removes the listeners. */
  onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void;
}

/** Runs one command, or the lines of the input until its end. Resolves with the exit code. */
export async function runShell(settings: ShellSettings, context: ShellContext): Promise<number> {
  const { servers, command } = settings;
  const { complain } = context;
  const stop = new AbortController();
  const removeListeners = context.onStopRequested(() => stop.abort());
  try {
    const zk = await openClient(settings, stop.signal);
    if (typeof zk === "string") {
      complain(zk);
      return ExitCode.FAILED;
    }
    try {
      if (zk.isReadOnly) complain(READ_ONLY);
      const output = outputOf(settings, context);
      const readServers = (signal: AbortSignal): Promise<readonly MemberReading[]> => connections(settings, zk, signal);
      const shell = new Shell({ zk, output, complain, readServers });
      const isWell =
        command.length > 0
          ? await shell.run(command, stop.signal)
          : await runLines(shell, servers, zk, context, stop.signal);
      return isWell ? ExitCode.OK : ExitCode.FAILED;
    } finally {
      await zk.close();
    }
  } finally {
    removeListeners();
  }
}

/** Asks all servers for their connections. */
async function connections(
  settings: ShellSettings,
  zk: ZooKeeper,
  signal: AbortSignal,
): Promise<readonly MemberReading[]> {
  const reading = await readEnsemble({
    servers: parseConnectString(settings.servers).servers,
    tls: await tlsOptions(settings),
    configuration: await readConfiguration(zk, signal),
    words: ["cons"],
    ...{ adminPort: 0, timeoutMs: settings.connectTimeoutMs, signal },
  });
  return reading.members;
}

function outputOf({ asJson, command }: ShellSettings, { output: stream }: ShellContext): ShellOutput {
  const output = new Output(stream);
  return {
    asJson,
    isInteractive: command.length === 0,
    line: (text) => output.line(text),
    flush: () => output.flush(),
    raw: async (bytes) => {
      await output.flush();
      stream.write(bytes);
    },
  };
}

/** Runs the lines of the input, with a prompt for a person. Resolves with false if one failed that no person has seen. */
async function runLines(
  shell: Shell,
  servers: string,
  zk: ZooKeeper,
  { input, output, isTerminal, complain }: ShellContext,
  signal: AbortSignal,
): Promise<boolean> {
  const lines = createInterface({
    input,
    terminal: isTerminal,
    // Without a terminal only results are printed.
    ...(isTerminal && { output, prompt: `${servers}> ` }),
    completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
      void shell.complete(line).then((result) => done(null, result));
    },
  });
  let running: AbortController | undefined;
  // Ctrl-C ends the command; without one, the shell.
  lines.on("SIGINT", () => (running === undefined ? lines.close() : running.abort()));
  const onStop = (): void => {
    running?.abort();
    lines.close();
  };
  signal.addEventListener("abort", onStop);
  let hadNoQuorum = zk.isReadOnly;
  zk.on("readOnly", ({ isReadOnly }) => {
    if (!isReadOnly) return;
    hadNoQuorum = true;
    complain(READ_ONLY);
  });
  zk.on("state", ({ state }) => {
    if (state === "suspended") complain("connection lost; looking for a server");
    if (state === "expired") complain("session expired: its ephemeral znodes are deleted");
    if (state !== "connected" || !hadNoQuorum) return;
    hadNoQuorum = false;
    complain("there is a quorum again: writes are possible");
  });
  let isWell = true;
  if (isTerminal) lines.prompt();
  for await (const line of lines) {
    if (/^\s*(?:exit|quit)\s*$/.test(line)) break;
    running = new AbortController();
    isWell = (await shell.line(line, running.signal)) && isWell;
    running = undefined;
    if (signal.aborted) break;
    if (isTerminal) lines.prompt();
  }
  lines.close();
  signal.removeEventListener("abort", onStop);
  return isWell || isTerminal;
}
