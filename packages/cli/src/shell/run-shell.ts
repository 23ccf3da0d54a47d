import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type ConnectOptions, connect, type ZooKeeper } from "@conclave/client";
import { ExitCode } from "../exit-code.js";
import { Output } from "../output.js";
import { Shell } from "./shell.js";
import type { ShellOutput } from "./shell-call.js";

/** The shell's session outlives a fail-over. */
const SESSION_TIMEOUT_MS = 30_000;

const READ_ONLY = "no server has a quorum: one answers reads, from its last known state, and refuses writes";

/** Settings of `conclave shell`. */
export interface ShellSettings {
  /** Connect string. */
  readonly servers: string;
  /** One command with its arguments; empty: read lines. */
  readonly command: readonly string[];
  readonly asJson: boolean;
  /** `user:password` of the scheme digest. */
  readonly auth: string | undefined;
  readonly tls: boolean;
  /** Paths of PEM files; any of them means TLS. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly connectTimeoutMs: number;
  /** True if a server without a quorum may answer reads. */
  readonly canBeReadOnly: boolean;
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
    const zk = await connected(settings, stop.signal);
    if (typeof zk === "string") {
      complain(zk);
      return ExitCode.FAILED;
    }
    try {
      if (zk.isReadOnly) complain(READ_ONLY);
      const output = outputOf(settings, context);
      const shell = new Shell({ zk, output, complain });
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

/** Returns a string with the reason, for the user, if no server accepts the client. */
async function connected(settings: ShellSettings, signal: AbortSignal): Promise<ZooKeeper | string> {
  const { servers, auth, connectTimeoutMs, canBeReadOnly } = settings;
  const options: ConnectOptions = { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs, canBeReadOnly, signal };
  const credentials = auth === undefined ? {} : { auth: [{ scheme: "digest", auth }] };
  try {
    return await connect(servers, { ...options, ...credentials, ...(await tlsOf(settings)) });
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof TypeError || (error as NodeJS.ErrnoException).code === "ENOENT") return message;
    return `${message}. Is the address right, and does a server run there? \`conclave server --memory\` starts one on this machine`;
  }
}

async function tlsOf({ tls, ca, cert, key }: ShellSettings): Promise<Pick<ConnectOptions, "tls">> {
  if (!tls && ca === undefined && cert === undefined && key === undefined) return {};
  const read = async (path: string | undefined): Promise<Buffer | undefined> =>
    path === undefined ? undefined : readFile(path);
  return { tls: { ca: await read(ca), cert: await read(cert), key: await read(key) } };
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
