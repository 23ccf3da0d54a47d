import { orThrow } from "./availability.ts";
import { type CCliProgram, prepareCCli } from "./c-cli-program.ts";
import { CliSession, type ZkCli } from "./cli-session.ts";
import { HANG_MS } from "./hang.ts";

export interface CCliOptions {
  readonly connectString: string;
  /** What to run. @default what {@link prepareCCli} finds or installs */
  readonly program?: CCliProgram | undefined;
  /** How long a command, or a wait for output, may take. @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/** No command waits for its answer; of one connection they come in order, that of a `sync` too. */
const MARKER_PATH = "/the-command-before-is-answered";

/**
 * Starts the command line client of ZooKeeper's C library. Its commands and their output are its own: `create +e /a`,
 * `/a: rc = -101`. Resolves when it is connected; rejects with its output when that fails.
 */
export const openCCli = async (options: CCliOptions): Promise<ZkCli> =>
  CliSession.start({
    name: "cli_mt",
    command: (options.program ?? orThrow(await prepareCCli())).command,
    args: ["-h", options.connectString],
    marker: { command: `sync ${MARKER_PATH}`, output: `[${MARKER_PATH}]: rc = 0\n\tname = ${MARKER_PATH}\n` },
    timeoutMs: options.timeoutMs ?? HANG_MS,
  });
