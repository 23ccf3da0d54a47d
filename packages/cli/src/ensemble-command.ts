import { type Command, Option } from "commander";
import { addHelp } from "./command-help.js";
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
  const ensemble = program
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
  addHelp(ensemble, {
    details: [
      "Prints the connect string, alone on a line, once all servers serve; then the leader, and each change of it.",
    ],
    examples: [
      ["conclave ensemble", "three servers with temporary data"],
      ["conclave ensemble --servers 5 --port 2181 --data-dir zk", "five servers at the ports 2181 to 2185"],
    ],
    exitCodes: [
      ["0", "stopped by a signal"],
      ["1", "a server could not start, or all have ended"],
      ["2", "wrong command line"],
      ["130, 143", "a second signal"],
    ],
  });
}
