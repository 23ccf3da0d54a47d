import { type Command, Option } from "commander";
import { wholeNumber } from "./command-options.js";
import { complain, Output } from "./output.js";
import { onStopRequested } from "./stop-signals.js";

const MOST_SERVERS = 9;

interface EnsembleFlags {
  readonly servers: number;
  readonly port?: number;
  readonly dataDir?: string;
  readonly json: boolean;
}

/** Adds `conclave ensemble`. `done` gets the exit code. */
export function addEnsemble(program: Command, done: (exitCode: number) => void): void {
  program
    .command("ensemble")
    .description(
      "run several servers that replicate each other, for development on this machine, until SIGTERM or SIGINT",
    )
    .addOption(
      new Option("--servers <number>", `number of servers, each in a process of its own: 3 to ${MOST_SERVERS}`)
        .argParser(wholeNumber(3, MOST_SERVERS))
        .default(3),
    )
    .addOption(
      new Option(
        "--port <number>",
        "port for clients of the first server; the next ones follow (default: free ones)",
      ).argParser(wholeNumber(1, 65_535)),
    )
    .option("--data-dir <folder>", "keep the data in this folder, for the next start (default: a temporary folder)")
    .option("--json", "print JSON, one object per line", false)
    .exitOverride()
    .action(async ({ servers, port, dataDir, json }: EnsembleFlags) => {
      // Loaded here, so that a server starts without it.
      const { runEnsemble } = await import("./ensemble/run-ensemble.js");
      const settings = { servers, port, dataDir, asJson: json };
      const output = new Output(process.stdout);
      done(await runEnsemble(settings, { output, complain, onStopRequested, exit: (code) => process.exit(code) }));
    });
}
