import { existsSync, readdirSync } from "node:fs";
import { chown } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Availability, orThrow } from "./install/availability.ts";
import { freePorts } from "./process/free-ports.ts";
import { HANG_MS } from "./process/hang.ts";
import { runCommand } from "./process/run-command.ts";
import { ServiceProcess } from "./process/service-process.ts";
import { removeFolder, temporaryFolder } from "./process/temporary-folder.ts";

/** PostgreSQL's programs on this machine. */
export interface PostgresProgram {
  /** The folder of `initdb`, `pg_isready` and `postgres`. */
  readonly folder: string;
  readonly version: string;
  /** Words before a command that drop root privileges, because PostgreSQL refuses to run as root; empty for other users. */
  readonly prefix: readonly string[];
}

const children = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).sort().reverse() : [];

/** Folders to search. Debian has only clients on `PATH`, and the programs of each version in a folder of their own. */
const folders = (): readonly string[] => [
  ...(process.env.PATH ?? "").split(delimiter),
  ...children("/usr/lib/postgresql").map((version) => join("/usr/lib/postgresql", version, "bin")),
  ...children("/opt/homebrew/opt").flatMap((name) =>
    /^postgresql/.test(name) ? [`/opt/homebrew/opt/${name}/bin`] : [],
  ),
];

const withoutRoot = async (): Promise<readonly string[] | undefined> => {
  if (process.getuid?.() !== 0) return [];
  const prefix = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"];
  const { code } = await runCommand("setpriv", [...prefix.slice(1), "true"]);
  return code === 0 ? prefix : undefined;
};

/** Finds PostgreSQL on `PATH` or in the usual places. Installs nothing. */
export const findPostgres = async (): Promise<Availability<PostgresProgram>> => {
  const folder = folders().find((each) =>
    ["initdb", "pg_isready", "postgres"].every((name) => existsSync(join(each, name))),
  );
  if (folder === undefined) {
    return {
      available: false,
      reason: "found no PostgreSQL server (on Debian and Ubuntu: apt-get install postgresql)",
    };
  }
  const prefix = await withoutRoot();
  if (prefix === undefined) {
    return { available: false, reason: "PostgreSQL does not run as root, and there is no setpriv or no user postgres" };
  }
  const { output } = await runCommand(join(folder, "postgres"), ["--version"]);
  return { available: true, folder, prefix, version: /\d+(?:\.\d+)?/.exec(output)?.[0] ?? "unknown" };
};

/** A running PostgreSQL. */
export interface Postgres extends AsyncDisposable {
  /** `postgres://postgres@127.0.0.1:<port>/postgres` */
  readonly url: string;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
}

/** Starts PostgreSQL without passwords, with temporary data, on a free loopback port. Resolves when it accepts connections. */
export const startPostgres = async (options: { readonly postgres?: PostgresProgram } = {}): Promise<Postgres> => {
  const { folder: programs, prefix } = options.postgres ?? orThrow(await findPostgres());
  const folder = await temporaryFolder("postgres");
  const command = (name: string, ...args: string[]): [string, string[]] => {
    const [first = "", ...rest] = [...prefix, join(programs, name), ...args];
    return [first, rest];
  };
  if (prefix.length > 0) {
    const { output } = await runCommand("id", ["-u", "postgres"]);
    await chown(folder, Number(output), -1);
  }
  const data = join(folder, "data");
  const made = await runCommand(...command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"));
  if (made.code !== 0) {
    await removeFolder(folder);
    throw new Error(`initdb failed: ${made.output}`);
  }
  const port = String((await freePorts(1))[0]);
  const settings = ["fsync=off", "unix_socket_directories=", "listen_addresses=127.0.0.1"].flatMap((each) => [
    "-c",
    each,
  ]);
  const [program, args] = command("postgres", "-D", data, "-p", port, ...settings);
  const server = await ServiceProcess.start({ command: program, args });
  const close = async (): Promise<void> => {
    // SIGINT is the fast shutdown; SIGTERM would wait for the clients.
    if (server.end === undefined) process.kill(server.pid, "SIGINT");
    await server.ended;
    await removeFolder(folder);
  };
  const deadline = performance.now() + HANG_MS;
  while ((await runCommand(join(programs, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", port])).code !== 0) {
    if (server.end !== undefined || performance.now() > deadline) {
      await close();
      throw new Error(`PostgreSQL did not start (${server.end ?? "no answer"}). Its last output:\n${server.output}`);
    }
    await delay(25);
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, close, [Symbol.asyncDispose]: close };
};
