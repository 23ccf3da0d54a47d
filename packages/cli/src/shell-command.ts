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
}

/** Adds `conclave shell`. `done` gets the exit code. */
export function addShell(program: Command, done: (exitCode: number) => void): void {
  program
    .command("shell")
    .description("look at the znodes of an ensemble and change them: one command, or a shell that reads commands")
    .argument("<servers>", "connect string: host:port, or several with commas, and a chroot: 127.0.0.1:2181/app")
    .argument("[command...]", "a command with its arguments; `help` lists them; none: read commands")
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
    .passThroughOptions()
    .exitOverride()
    .action(async (servers: string, command: readonly string[], flags: ShellFlags) => {
      if (command[0]?.startsWith("-")) {
        complain(`${command[0]}: options come before the connect string, such as conclave shell --json ${servers}`);
        return done(ExitCode.MISUSED);
      }
      // Loaded here, with the client, so that a server starts without them.
      const { runShell } = await import("./shell/run-shell.js");
      const { json: asJson, auth, tls, ca, cert, key, connectTimeout: connectTimeoutMs } = flags;
      const { stdin: input, stdout: output } = process;
      const isTerminal = input.isTTY === true && output.isTTY === true;
      const settings = { servers, command, asJson, auth, tls, ca, cert, key, connectTimeoutMs };
      done(await runShell(settings, { input, output, isTerminal, complain, onStopRequested }));
    });
}
