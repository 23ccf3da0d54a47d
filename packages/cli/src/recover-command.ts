import { type Command, Option } from "commander";
import { addHelp } from "./command-help.js";
import { wholeNumber } from "./command-options.js";
import { complain, Output } from "./output.js";

const MAX_ID = 255;

interface RecoverFlags {
  readonly name: string;
  readonly id: number;
  readonly yes: boolean;
}

/** Adds `conclave recover`. `done` gets the exit code. */
export function addRecover(program: Command, done: (exitCode: number) => void): void {
  const command = program
    .command("recover")
    .description("make one replica of an embedded ensemble its only voter, after most voters were lost for good")
    .argument("<data-dir>", "the data directory of that replica; its process must have ended")
    .requiredOption("--name <ensemble>", "name of the ensemble, as in the replica's options")
    .addOption(
      new Option("--id <number>", "id of the replica, as in its options")
        .argParser(wholeNumber(1, MAX_ID))
        .makeOptionMandatory(),
    )
    .option("--yes", "do it; without this option the command prints the consequences and changes nothing", false)
    .exitOverride()
    .action(async (dataDir: string, { name, id, yes }: RecoverFlags) => {
      // Loaded here, so that a server starts without it.
      const { recover } = await import("./recover.js");
      done(await recover({ dataDir, name, id, yes }, { output: new Output(process.stdout), complain }));
    });
  addHelp(command, {
    examples: [
      ["conclave recover /var/lib/app/conclave --name orders --id 1", "print the consequences"],
      ["conclave recover /var/lib/app/conclave --name orders --id 1 --yes", "make replica 1 the only voter"],
    ],
    exitCodes: [
      ["0", "done"],
      ["1", "the directory is in use, has no data, or belongs to another replica; nothing is changed"],
      ["2", "without --yes: nothing is changed; or wrong command line"],
    ],
  });
}
