import { readFileSync } from "node:fs";
import { StorageError } from "@conclave/server";
import { Command, CommanderError } from "commander";
import { check } from "./check.js";
import { addHelp } from "./command-help.js";
import { systemProperties } from "./command-options.js";
import { addCompletion } from "./completion-command.js";
import { addDoctor } from "./doctor-command.js";
import { addEnsemble } from "./ensemble-command.js";
import { ExitCode } from "./exit-code.js";
import { complain, Output } from "./output.js";
import { printLog } from "./print-log.js";
import { printSnapshot } from "./print-snapshot.js";
import { addRecover } from "./recover-command.js";
import { addServer } from "./server-command.js";
import { addShell } from "./shell-command.js";
import { addTop } from "./top-command.js";

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
  const done: OnDone = (code) => {
    exitCode = code;
  };
  for (const add of [addServer, addEnsemble, addRecover, addShell, addDoctor, addTop, addCheck]) add(program, done);
  for (const printer of PRINTERS) addPrinter(program, printer, done);
  addCompletion(program, done);
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
  const command = program
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
  addHelp(command, {
    examples: [
      ["conclave check zoo.cfg", "as a server would read it"],
      ["conclave check -Dzookeeper.tickTime=500 zoo.cfg", "with a system property"],
    ],
    exitCodes: [
      ["0", "a server would start with it; there may be warnings"],
      ["2", "the configuration or the command line is wrong"],
    ],
  });
}

interface Printer {
  readonly name: string;
  readonly description: string;
  /** Name of a file. */
  readonly example: string;
  /** Resolves with a problem of the file, or `undefined`. */
  readonly print: (path: string, asJson: boolean, output: Output) => Promise<string | undefined>;
}

const PRINTERS: readonly Printer[] = [
  {
    name: "log",
    description: "print a transaction log (log.<zxid>), a line for each transaction",
    example: "data/version-2/log.1",
    print: printLog,
  },
  {
    name: "snapshot",
    description: "print a snapshot (snapshot.<zxid>), a line for each session and znode",
    example: "data/version-2/snapshot.0",
    print: printSnapshot,
  },
];

function addPrinter(program: Command, { name, description, example, print }: Printer, done: OnDone): void {
  const command = program
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
  addHelp(command, {
    examples: [
      [`conclave ${name} ${example}`, "as text"],
      [`conclave ${name} --json ${example}`, "as JSON: 64-bit integers as 0x1f, bytes in base64"],
    ],
    exitCodes: [
      ["0", "success"],
      ["1", "the file is damaged, has a hole, or cannot be read"],
      ["2", "wrong command line"],
    ],
  });
}
