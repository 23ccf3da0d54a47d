import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { createLogger, LOG_LEVELS, type LogLevel } from "./create-logger.js";
import { ExitCode } from "./exit-code.js";
import { serve } from "./serve.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Runs the `conclave` command with the arguments after its name. Resolves with the exit code when it has done its work. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.OK;
  const program = new Command("conclave")
    .description("Distributed coordination: a ZooKeeper server for Node.js")
    .version(version)
    .showHelpAfterError("(conclave --help tells what there is)")
    .exitOverride();
  program
    .command("server")
    .description("serve as a ZooKeeper configuration file (zoo.cfg) says, until SIGTERM or SIGINT")
    .argument("<file>", "the configuration file, in ZooKeeper's own format")
    .addOption(new Option("--log-level <level>", "how much to say").choices(LOG_LEVELS).default("info"))
    .exitOverride()
    .action(async (file: string, { logLevel }: { logLevel: LogLevel }) => {
      exitCode = await serve(file, {
        logger: createLogger(logLevel, process.stdout.isTTY === true),
        workingFolder: process.cwd(),
        complain: (text) => void process.stderr.write(`conclave: ${text}\n`),
        onStopRequested,
        exit: (code) => process.exit(code),
      });
    });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end by an error too, with exit code 0.
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.MISUSED;
  }
  return exitCode;
}

function onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of STOP_SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, callback);
  };
}
