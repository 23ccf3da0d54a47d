import { delimiter, join } from "node:path";
import { aptInstall } from "../install/apt.ts";
import type { Availability, PrepareOptions } from "../install/availability.ts";
import { runCommand } from "../process/run-command.ts";

/** The command line client of ZooKeeper's C library, `cli_mt`. */
export interface CCliProgram {
  readonly command: string;
  /** Version that the program prints, such as `3.8.0`. */
  readonly version: string;
}

const debianPackage = "zookeeper-bin";

const candidates = (): readonly string[] => [
  ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "cli_mt")),
  "/usr/lib/zookeeper/bin/cli_mt",
  "/opt/homebrew/opt/zookeeper/bin/cli_mt",
  "/usr/local/opt/zookeeper/bin/cli_mt",
];

/** Finds `cli_mt` on `PATH` or in the usual places. Installs nothing. */
export const findCCli = async (): Promise<Availability<CCliProgram>> => {
  for (const command of candidates()) {
    // Without arguments the program prints its usage and its version, and fails.
    const { output } = await runCommand(command, []);
    const version = /Version: ZooKeeper cli \(c client\) version (\S+)/.exec(output)?.[1];
    if (version !== undefined) return { available: true, command, version };
  }
  return { available: false, reason: "found no cli_mt on PATH" };
};

/** Finds `cli_mt`, or installs it with apt on Debian and Ubuntu as root. Never rejects. */
export const prepareCCli = async (options: PrepareOptions = {}): Promise<Availability<CCliProgram>> => {
  const found = await findCCli();
  if (found.available) return found;
  const installed = await aptInstall([debianPackage], options.progress);
  return installed.available ? findCCli() : { available: false, reason: `${found.reason}; ${installed.reason}` };
};
