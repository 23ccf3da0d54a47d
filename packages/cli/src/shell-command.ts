import type { Command } from "commander";
import { addHelp, type HelpSections, PLAIN_EXIT_CODES } from "./command-help.js";
import {
  addConnectionOptions,
  type ConnectionFlags,
  connectionSettings,
  SERVERS,
} from "./connection/connection-options.js";
import { ExitCode } from "./exit-code.js";
import { complain } from "./output.js";
import { onStopRequested } from "./stop-signals.js";

type OnDone = (exitCode: number) => void;

/** Adds `conclave shell`, and its commands about recipes as commands of their own. `done` gets the exit code. */
export function addShell(program: Command, done: OnDone): void {
  const shell = program
    .command("shell")
    .description("look at the znodes of an ensemble and change them: one command, or a shell that reads commands")
    .argument("<servers>", SERVERS)
    .argument("[command...]", "a command with its arguments; `help` lists them; none: read commands")
    .passThroughOptions();
  addHelp(shell, {
    details: [
      "Commands: ls get set create delete deleteall stat watch find du acl locks elections groups sessions history help. Each has a --help of its own.",
      "On a terminal TAB completes commands and paths, the arrow keys recall lines, Ctrl-C ends a command, Ctrl-D the shell. Control characters in paths and data are shown as escapes.",
    ],
    examples: [
      ["conclave shell 127.0.0.1:2181", "read commands"],
      ["conclave shell 127.0.0.1:2181/app ls -R /", "run one command, below a chroot"],
      ["conclave shell --json 127.0.0.1:2181 get /app/config", "print JSON"],
      ["conclave shell 127.0.0.1:2181 create --help", "describe a command"],
    ],
    exitCodes: [
      ["0", "success"],
      ["1", "a command failed, or no server answered; not for a shell on a terminal"],
      ["2", "wrong command line"],
    ],
  });
  addConnectionOptions(shell).action(async (servers: string, command: readonly string[], flags: ConnectionFlags) => {
    if (command[0]?.startsWith("-")) {
      complain(`${command[0]}: options come before the connect string, such as conclave shell --json ${servers}`);
      return done(ExitCode.MISUSED);
    }
    done(await run(servers, command, flags));
  });
  for (const { name, argument, description, canSearch, help } of SHORTCUTS) {
    const shortcut = program.command(name).description(description);
    shortcut.argument("<servers>", SERVERS).argument(`[${argument}]`, `only this ${argument}`);
    if (canSearch) {
      shortcut.option("-a, --all", "search the tree, at and below a path if given, for those of Curator too", false);
    }
    addHelp(shortcut, help);
    addConnectionOptions(shortcut).action(
      async (servers: string, only: string | undefined, flags: ConnectionFlags & { readonly all?: boolean }) => {
        const options = flags.all === true ? ["--all"] : [];
        done(await run(servers, [name, ...options, ...(only === undefined ? [] : ["--", only])], flags));
      },
    );
  }
}

interface Shortcut {
  readonly name: string;
  readonly argument: string;
  readonly description: string;
  readonly canSearch: boolean;
  readonly help: HelpSections;
}

const SINCE =
  "`since` is the time at which a process joined the queue, with its age; `token` is the fencing token of its present or future grant.";

const SHORTCUTS: readonly Shortcut[] = [
  {
    ...{ name: "locks", argument: "lock", canSearch: true },
    description: "print the locks of an ensemble: their holders, their waiters, and the reason each one waits for",
    help: {
      details: [
        "Mutexes, read-write locks and semaphores of @conclave/recipes and of Curator, which have the same layouts. Without --all the folders /conclave/locks, /conclave/read-write-locks and /conclave/semaphores.",
        SINCE,
      ],
      examples: [
        ["conclave locks 127.0.0.1:2181", "the locks that processes hold or wait for"],
        ["conclave locks 127.0.0.1:2181 billing/eu", "one lock, by its name"],
        ["conclave locks 127.0.0.1:2181 --all", "the whole tree, with locks of Java"],
        ["conclave locks --json 127.0.0.1:2181 /app/lock", "one lock, by its path, as JSON"],
      ],
      exitCodes: PLAIN_EXIT_CODES,
    },
  },
  {
    ...{ name: "elections", argument: "election", canSearch: true },
    description: "print the elections of an ensemble: their leaders, and the candidates in order",
    help: {
      details: [
        SINCE,
        "`candidacies` counts the candidates since the election's znode was created, `ended` those that have left. Znodes keep no reason: `conclave log` prints from a server's log whether each was deleted (resigned) or ended with its session (closeSession).",
      ],
      examples: [
        ["conclave elections 127.0.0.1:2181", "the elections with candidates"],
        ["conclave elections 127.0.0.1:2181 reports", "one election, by its name"],
        ["conclave elections 127.0.0.1:2181 --all /java", "those of LeaderLatch below a path"],
      ],
      exitCodes: PLAIN_EXIT_CODES,
    },
  },
  {
    ...{ name: "groups", argument: "group", canSearch: false },
    description: "print the groups of an ensemble with their members and the data of these, the oldest first",
    help: {
      details: [SINCE],
      examples: [
        ["conclave groups 127.0.0.1:2181", "the groups with members"],
        ["conclave groups 127.0.0.1:2181 /app/members", "a group of Curator, by its path"],
      ],
      exitCodes: PLAIN_EXIT_CODES,
    },
  },
  {
    ...{ name: "sessions", argument: "path", canSearch: false },
    description: "print the sessions of an ensemble by client: their ephemeral znodes, and their connections",
    help: {
      details: [
        "A client is named by its id in locks, elections and groups, or else by its host. Addresses, timeouts and latencies need cons in 4lw.commands.whitelist of the servers. With a path: only sessions with znodes at or below it.",
      ],
      examples: [
        ["conclave sessions 127.0.0.1:2181", "all sessions"],
        ["conclave sessions 127.0.0.1:2181 /conclave/groups/web", "the sessions of a group's members"],
      ],
      exitCodes: PLAIN_EXIT_CODES,
    },
  },
];

async function run(servers: string, command: readonly string[], flags: ConnectionFlags): Promise<number> {
  // Loaded here, with the client, so that a server starts without them.
  const { runShell } = await import("./shell/run-shell.js");
  const { stdin: input, stdout: output } = process;
  const isTerminal = input.isTTY === true && output.isTTY === true;
  const settings = { ...connectionSettings(servers, flags), command, asJson: flags.json };
  return runShell(settings, { input, output, isTerminal, complain, onStopRequested });
}
