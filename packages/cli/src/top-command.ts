import { type Command, Option } from "commander";
import { addHelp, PLAIN_EXIT_CODES } from "./command-help.js";
import { wholeNumber } from "./command-options.js";
import {
  addConnectionOptions,
  type ConnectionFlags,
  connectionSettings,
  SERVERS,
} from "./connection/connection-options.js";
import { SERVER_OPTIONS } from "./doctor-command.js";
import { complain, Output } from "./output.js";
import { onStopRequested } from "./stop-signals.js";

interface TopFlags extends ConnectionFlags {
  readonly once: boolean;
  readonly interval: number;
  readonly adminPort: number;
  readonly answerTimeout: number;
}

/** Adds `conclave top`. `done` gets the exit code. */
export function addTop(program: Command, done: (exitCode: number) => void): void {
  const top = program
    .command("top")
    .description("show the servers of an ensemble live: requests, latencies, sessions, watches, lag")
    .argument("<servers>", SERVERS)
    .option("--once", "print one page and end, as without a terminal", false)
    .addOption(
      new Option("--interval <ms>", "time between two readings").argParser(wholeNumber(10, 3_600_000)).default(1_000),
    );
  for (const option of SERVER_OPTIONS) top.addOption(option());
  addHelp(top, {
    details: [
      "Requests for each second, and average latencies in milliseconds of reads, writes and writes to disk (fsync), since the page before; waiting requests, transactions by which a server is behind the leader (lag), connections, sessions, watches, znodes, open files. All but the requests and connections need mntr in 4lw.commands.whitelist, or the AdminServer.",
      "q or Ctrl-C ends it. With --json one object for each interval, until Ctrl-C.",
    ],
    examples: [
      ["conclave top 127.0.0.1:2181", "live"],
      ["conclave top --once 127.0.0.1:2181", "one page, for scripts"],
      ["conclave top --json --interval 10000 127.0.0.1:2181", "a line of JSON every 10 s"],
    ],
    exitCodes: PLAIN_EXIT_CODES,
  });
  addConnectionOptions(top).action(async (servers: string, flags: TopFlags) => {
    const [{ runTop }, { Screen }] = await Promise.all([import("./top/run-top.js"), import("./top/screen.js")]);
    const { json: asJson, interval: intervalMs, adminPort, answerTimeout: answerTimeoutMs } = flags;
    const isTerminal = process.stdout.isTTY === true && !asJson && !flags.once;
    const once = flags.once || (!isTerminal && !asJson);
    const settings = { ...connectionSettings(servers, flags), asJson, once, intervalMs, adminPort, answerTimeoutMs };
    const stop = new AbortController();
    const remove = onStopRequested(() => stop.abort());
    try {
      const exitCode = await runTop(settings, {
        ...{ output: new Output(process.stdout), complain, signal: stop.signal },
        screen: isTerminal ? new Screen(process.stdout) : undefined,
        keys: isTerminal && process.stdin.isTTY === true ? process.stdin : undefined,
      });
      done(exitCode);
    } finally {
      remove();
    }
  });
}
