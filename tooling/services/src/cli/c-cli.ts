import { orThrow } from "../install/availability.ts";
import { HANG_MS } from "../process/hang.ts";
import { type CCliProgram, prepareCCli } from "./c-cli-program.ts";
import { CliSession, type ZkCli } from "./cli-session.ts";

/** Options of {@link openCCli}. */
export interface CCliOptions {
  readonly connectString: string;
  /** Program to run. @default the result of {@link prepareCCli} */
  readonly program?: CCliProgram | undefined;
  /** Bound of a command, and of a wait for output. @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/** Path of a `sync` after each command: `cli_mt` does not wait for answers, but the answers of one connection come in order. */
const MARKER_PATH = "/the-command-before-is-answered";

/**
 * Starts the command line client of ZooKeeper's C library, which has a syntax of its own: `create +e /a` prints
 * `/a: rc = -101`. Resolves when the client is connected; rejects with its output if that fails.
 */
export const openCCli = async (options: CCliOptions): Promise<ZkCli> =>
  CliSession.start({
    name: "cli_mt",
    command: (options.program ?? orThrow(await prepareCCli())).command,
    args: ["-h", options.connectString],
    marker: { command: `sync ${MARKER_PATH}`, output: `[${MARKER_PATH}]: rc = 0\n\tname = ${MARKER_PATH}\n` },
    timeoutMs: options.timeoutMs ?? HANG_MS,
  });
