import { type Apache, apacheOnce } from "../apache/apache.ts";
import { javaArgs, writeLogSettings } from "../apache/apache-command.ts";
import { orThrow } from "../install/availability.ts";
import { HANG_MS } from "../process/hang.ts";
import { removeFolder, temporaryFolder } from "../process/temporary-folder.ts";
import { CliSession, type ZkCli } from "./cli-session.ts";

/** Options of {@link openZkCli}. */
export interface ZkCliOptions {
  readonly connectString: string;
  /** Program to run. @default the result of {@link apacheOnce} */
  readonly apache?: Apache | undefined;
  /** Session timeout to request. @default 30_000 */
  readonly sessionTimeoutMs?: number | undefined;
  /** Bound of a command, and of a wait for output. @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * Starts ZooKeeper's own command line client (the program that `zkCli.sh` runs). Resolves when it is connected; rejects with its
 * output if that fails.
 */
export const openZkCli = async (options: ZkCliOptions): Promise<ZkCli> => {
  const apache = options.apache ?? orThrow(await apacheOnce());
  const folder = await temporaryFolder("zkcli");
  await writeLogSettings(folder);
  const timeout = String(options.sessionTimeoutMs ?? 30_000);
  return CliSession.start({
    name: "zkCli",
    command: apache.java.command,
    args: [
      ...javaArgs(apache.zookeeper.classpath, folder, "org.apache.zookeeper.ZooKeeperMain"),
      ...["-timeout", timeout, "-waitforconnection", "-server", options.connectString],
    ],
    marker: { command: "printwatches", output: "printwatches is on\n" },
    timeoutMs: options.timeoutMs ?? HANG_MS,
    cleanUp: () => removeFolder(folder),
  });
};

/** Options of {@link zkCli}. */
export interface ZkCliCommands extends ZkCliOptions {
  /** Commands such as `create -e /a "some data"`; they run one after the other in one session. */
  readonly commands: readonly string[];
}

/** Runs commands in a new session. Returns the output of each command, and all output together. */
export const zkCli = async (
  options: ZkCliCommands,
): Promise<{ readonly outputs: readonly string[]; readonly output: string }> => {
  const cli = await openZkCli(options);
  try {
    const outputs: string[] = [];
    for (const command of options.commands) outputs.push(await cli.run(command));
    return { outputs, output: await cli.close() };
  } catch (error) {
    await cli.kill();
    throw error;
  }
};
