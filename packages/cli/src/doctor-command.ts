import { type Command, Option } from "commander";
import { addHelp } from "./command-help.js";
import { wholeNumber } from "./command-options.js";
import {
  addConnectionOptions,
  type ConnectionFlags,
  connectionSettings,
  SERVERS,
} from "./connection/connection-options.js";
import { complain, Output } from "./output.js";
import { onStopRequested } from "./stop-signals.js";

interface DoctorFlags extends ConnectionFlags {
  readonly mayRestart?: string;
  readonly znodes: boolean;
  readonly adminPort: number;
  readonly answerTimeout: number;
}

/** Options of the commands that ask each server. */
export const SERVER_OPTIONS: readonly (() => Option)[] = [
  () =>
    new Option("--admin-port <number>", "port of the AdminServers; 0: do not ask them")
      .argParser(wholeNumber(0, 65_535))
      .default(8080),
  () =>
    new Option("--answer-timeout <ms>", "time in which each server has to answer")
      .argParser(wholeNumber(1, 600_000))
      .default(5_000),
];

/** Adds `conclave doctor`. `done` gets the exit code. */
export function addDoctor(program: Command, done: (exitCode: number) => void): void {
  const doctor = program
    .command("doctor")
    .description(
      "judge an ensemble of Conclave or ZooKeeper: is it healthy, may a server be restarted, is it configured well",
    )
    .argument("<servers>", SERVERS)
    .option(
      "--may-restart <server>",
      "exit with 0 if this server, named by id or address, may be restarted, else with 2",
    )
    .option("--znodes", "read the whole tree too, for large data and long lists of children", false);
  for (const option of SERVER_OPTIONS) doctor.addOption(option());
  addHelp(doctor, {
    details: [
      "Finds the servers in the configuration of the ensemble, and asks each by the four-letter words srvr, conf, mntr and cons, and its AdminServer. Changes nothing, except that it opens a session.",
      "Signs: ✓ good, ! warning, ✗ problem, ? not permitted to look: it says which word 4lw.commands.whitelist lacks.",
    ],
    examples: [
      ["conclave doctor 127.0.0.1:2181", "print the report"],
      ["conclave doctor --may-restart 2 127.0.0.1:2181 && …", "restart server 2 only if the others have a quorum"],
      ["conclave doctor --json 127.0.0.1:2181", "one object for each finding, each server, and the level"],
    ],
    exitCodes: [
      ["0", "healthy"],
      ["1", "there are warnings"],
      ["2", "there are problems, no server answers, or the command line is wrong"],
    ],
  });
  addConnectionOptions(doctor).action(async (servers: string, flags: DoctorFlags) => {
    const { runDoctor } = await import("./doctor/run-doctor.js");
    const { json: asJson, znodes: readsZnodes, mayRestart, adminPort, answerTimeout: answerTimeoutMs } = flags;
    const hasColors = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    const settings = {
      ...connectionSettings(servers, flags),
      asJson,
      readsZnodes,
      mayRestart,
      adminPort,
      answerTimeoutMs,
      hasColors,
    };
    const stop = new AbortController();
    const remove = onStopRequested(() => stop.abort());
    try {
      done(await runDoctor(settings, { output: new Output(process.stdout), complain, signal: stop.signal }));
    } finally {
      remove();
    }
  });
}
