import { type Command, Option } from "commander";
import { wholeNumber } from "./command-options.js";
import { ExitCode } from "./exit-code.js";
import { complain } from "./output.js";
import { onStopRequested } from "./stop-signals.js";

interface ShellFlags {
  readonly json: boolean;
  readonly auth?: string;
  readonly tls: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly connectTimeout: number;
  readonly readonly: boolean;
}

type OnDone = (exitCode: number) => void;

/** Adds `conclave shell`, and its commands about recipes as commands of their own. `done` gets the exit code. */
export function addShell(program: Command, done: OnDone): void {
  const shell = program
    .command("shell")
    .description("look at the znodes of an ensemble and change them: one command, or a shell that reads commands")
    .argument("<servers>", SERVERS)
    .argument("[command...]", "a command with its arguments; `help` lists them; none: read commands")
    .passThroughOptions();
  addConnection(shell).action(async (servers: string, command: readonly string[], flags: ShellFlags) => {
    if (command[0]?.startsWith("-")) {
      complain(`${command[0]}: options come before the connect string, such as conclave shell --json ${servers}`);
      return done(ExitCode.MISUSED);
    }
    done(await run(servers, command, flags));
  });
  for (const [name, argument, description] of SHORTCUTS) {
    const shortcut = program
      .command(name)
      .description(description)
      .argument("<servers>", SERVERS)
      .argument(argument, "only this one");
    addConnection(shortcut).action(async (servers: string, only: string | undefined, flags: ShellFlags) => {
      done(await run(servers, only === undefined ? [name] : [name, "--", only], flags));
    });
  }
}

const SERVERS = "connect string: host:port, or several with commas, and a chroot: 127.0.0.1:2181/app";
const SHORTCUTS = [
  ["locks", "[lock]", "print the locks of an ensemble with their holders and waiters"],
  ["elections", "[election]", "print the elections of an ensemble with their leaders and candidates"],
  ["groups", "[group]", "print the groups of an ensemble with their members"],
  ["sessions", "[path]", "print the sessions that own ephemeral znodes, with these znodes"],
] as const;

function addConnection(command: Command): Command {
  return command
    .option("--json", "print JSON, one object per line", false)
    .addOption(new Option("--auth <user:password>", "authenticate by digest").env("CONCLAVE_AUTH"))
    .option("--tls", "use TLS, with the authorities of Node.js", false)
    .option("--ca <file>", "use TLS, and trust the authorities in this PEM file")
    .option("--cert <file>", "use TLS, with the client's certificate in this PEM file")
    .option("--key <file>", "private key of the certificate, a PEM file")
    .addOption(
      new Option("--connect-timeout <ms>", "time in which a server has to answer")
        .argParser(wholeNumber(1, 3_600_000))
        .default(10_000),
    )
    .option("-r, --readonly", "read from a server without a quorum too, if no other one answers", false)
    .exitOverride();
}

async function run(servers: string, command: readonly string[], flags: ShellFlags): Promise<number> {
  // Loaded here, with the client, so that a server starts without them.
  const { runShell } = await import("./shell/run-shell.js");
  const { json: asJson, auth, tls, ca, cert, key, connectTimeout: connectTimeoutMs } = flags;
  const { readonly: canBeReadOnly } = flags;
  const { stdin: input, stdout: output } = process;
  const isTerminal = input.isTTY === true && output.isTTY === true;
  const settings = { servers, command, asJson, auth, tls, ca, cert, key, connectTimeoutMs, canBeReadOnly };
  return runShell(settings, { input, output, isTerminal, complain, onStopRequested });
}
