import { readFileSync } from "node:fs";
import { StorageError } from "@conclave/server";
import { Command, CommanderError } from "commander";
import { check } from "./check.js";
import { systemProperties } from "./command-options.js";
import { addEnsemble } from "./ensemble-command.js";
import { ExitCode } from "./exit-code.js";
import { complain, Output } from "./output.js";
import { printLog } from "./print-log.js";
import { printSnapshot } from "./print-snapshot.js";
import { addRecover } from "./recover-command.js";
import { addServer } from "./server-command.js";
import { addShell } from "./shell-command.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Runs the `conclave` command with the arguments after its name. Resolves with the exit code when it has done its work. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.OK;
  const program = new Command("conclave")
    .description("Distributed coordination: a ZooKeeper server for Node.js")
    .version(version)
    .showHelpAfterError("(conclave --help lists the commands)")
    // `shell` passes the options of its own commands on.
    .enablePositionalOptions()
    .exitOverride();
  addServer(program, (code) => {
    exitCode = code;
  });
  addEnsemble(program, (code) => {
    exitCode = code;
  });
  addRecover(program, (code) => {
    exitCode = code;
  });
  addShell(program, (code) => {
    exitCode = code;
  });
  addCheck(program, (code) => {
    exitCode = code;
  });
  for (const printer of PRINTERS) {
    addPrinter(program, printer, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end by an error too, with exit code 0.
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.MISUSED;
  }
  return exitCode;
}

type OnDone = (exitCode: number) => void;

function addCheck(program: Command, done: OnDone): void {
  program
    .command("check")
    .description("print each setting of a configuration file, and its problems, without starting a server")
    .argument("<file>", "the configuration file, in ZooKeeper's own format")
    .addOption(systemProperties())
    .option("--json", "as JSON, one object per line", false)
    .exitOverride()
    .action(async (file: string, { json, D }: { json: boolean; D: readonly string[] }) => {
      const output = new Output(process.stdout);
      done(await check(file, D, { workingFolder: process.cwd(), output, asJson: json, complain }));
    });
}

interface Printer {
  readonly name: string;
  readonly description: string;
  /** Resolves with a problem of the file, or `undefined`. */
  readonly print: (path: string, asJson: boolean, output: Output) => Promise<string | undefined>;
}

const PRINTERS: readonly Printer[] = [
  { name: "log", description: "print a transaction log (log.<zxid>), a line for each transaction", print: printLog },
  {
    name: "snapshot",
    description: "print a snapshot (snapshot.<zxid>), a line for each session and znode",
    print: printSnapshot,
  },
];

function addPrinter(program: Command, { name, description, print }: Printer, done: OnDone): void {
  program
    .command(name)
    .description(description)
    .argument("<file>", "the file, as ZooKeeper or Conclave wrote it")
    .option("--json", "as JSON, one object per line", false)
    .exitOverride()
    .action(async (file: string, { json }: { json: boolean }) => {
      const output = new Output(process.stdout);
      try {
        const problem = await print(file, json, output);
        if (problem !== undefined) complain(problem);
        done(problem === undefined ? ExitCode.OK : ExitCode.FAILED);
      } catch (error) {
        const isExpected = error instanceof StorageError || (error as NodeJS.ErrnoException).code !== undefined;
        if (!isExpected) throw error;
        await output.flush();
        complain((error as Error).message);
        done(ExitCode.FAILED);
      }
    });
}
