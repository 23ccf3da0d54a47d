import { type Command, Option } from "commander";
import { addHelp } from "./command-help.js";
import { systemProperties, wholeNumber } from "./command-options.js";
import { createLogger, LOG_LEVELS, type LogLevel } from "./create-logger.js";
import { ExitCode } from "./exit-code.js";
import { complain } from "./output.js";
import { type ConfigSource, serve } from "./serve.js";
import { onStopRequested, onStopRequestedOrOrphaned } from "./stop-signals.js";

const DEFAULT_PORT = 2181;

interface ServerFlags {
  readonly port?: number;
  readonly dataDir?: string;
  readonly memory?: true;
  readonly logLevel: LogLevel;
  readonly stopWithParent?: true;
  readonly D: readonly string[];
}

/** Adds `conclave server`. `done` gets the exit code. */
export function addServer(program: Command, done: (exitCode: number) => void): void {
  const server = program
    .command("server")
    .description("run a server until SIGTERM or SIGINT: with a ZooKeeper configuration file (zoo.cfg), or without one")
    .argument("[file]", "the configuration file, in ZooKeeper's own format")
    .addOption(
      new Option(
        "--port <number>",
        `without a file: port for clients of this machine, ${DEFAULT_PORT} if not given; 0: a free one`,
      ).argParser(wholeNumber(0, 65_535)),
    )
    .option("--data-dir <folder>", "without a file: keep the data in this folder")
    .option("--memory", "without a file: keep the data in memory; they are lost at the end")
    .addOption(systemProperties())
    .addOption(
      new Option("--log-level <level>", "lowest level of the lines that are logged")
        .choices(LOG_LEVELS)
        .default("info"),
    )
    // For programs that start servers: these end even if the program is killed.
    .addOption(new Option("--stop-with-parent", "stop when the process that started this one ends").hideHelp())
    .exitOverride()
    .action(async (file: string | undefined, flags: ServerFlags) => {
      const source = sourceOf(file, flags);
      if (typeof source === "string") {
        complain(source);
        return done(ExitCode.MISUSED);
      }
      const exitCode = await serve(source, {
        // Without a file, standard output holds the connect string alone.
        logger: await createLogger(flags.logLevel, "file" in source ? process.stdout : process.stderr),
        workingFolder: process.cwd(),
        complain,
        announce: (connectString) => void process.stdout.write(`${connectString}\n`),
        onStopRequested: flags.stopWithParent ? onStopRequestedOrOrphaned : onStopRequested,
        exit: (code) => process.exit(code),
      });
      done(exitCode);
    });
  addHelp(server, {
    examples: [
      ["conclave server zoo.cfg", "with ZooKeeper's own configuration file"],
      ["conclave server --memory", "for a first try: port 2181, nothing is written"],
      ["conclave server --port 0 --data-dir zk-data", "at a free port, which it prints"],
    ],
    exitCodes: [
      ["0", "stopped by SIGTERM or SIGINT"],
      ["1", "port or folder in use, data damaged, disk failed"],
      ["2", "wrong command line or configuration; each problem is printed"],
      ["130, 143", "a second signal"],
    ],
  });
}

/** Returns a string with the problem of options that do not belong together. */
function sourceOf(
  file: string | undefined,
  { port, dataDir, memory, D: systemProperties }: ServerFlags,
): ConfigSource | string {
  if (file !== undefined) {
    const unused = Object.entries({ "--port": port, "--data-dir": dataDir, "--memory": memory });
    const given = unused.flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (given.length === 0) return { file, systemProperties };
    return `${given.join(" and ")}: only for a server without a configuration file; set the keys in ${file} instead`;
  }
  if (memory && dataDir !== undefined) return "--memory and --data-dir: the data are in one of the two; leave one out";
  if (!memory && dataDir === undefined) {
    return "no place for the data: name a configuration file (zoo.cfg), or pass --data-dir <folder>, or --memory to lose the data at the end";
  }
  return { settings: { port: port ?? DEFAULT_PORT, dataDir }, systemProperties };
}
