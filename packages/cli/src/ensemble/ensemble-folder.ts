import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePorts, isFreePort } from "@conclave/runtime";

const HOST = "127.0.0.1";

/** Thrown where an ensemble cannot be started as asked: the message says what to do. */
export class EnsembleError extends Error {
  override readonly name = "EnsembleError";
}

/** Place of one member. */
export interface MemberPlace {
  /** N of its line `server.N`. */
  readonly id: number;
  /** Address for clients, `host:port`. */
  readonly connectString: string;
  /** Its folder: data, log, `myid` and `zoo.cfg`. */
  readonly folder: string;
  /** Path of its `zoo.cfg`. */
  readonly config: string;
}

/** Folder with a subfolder for each member, named by its id. */
export interface EnsembleFolder {
  readonly path: string;
  /** By ascending id, from 1. */
  readonly members: readonly MemberPlace[];
  /** Removes the folder if it is a temporary one. */
  dispose(): Promise<void>;
}

/** Settings of {@link prepareEnsembleFolder}. */
export interface EnsembleFolderOptions {
  readonly servers: number;
  /** Folder of the data, which may hold those of an earlier ensemble of as many servers; `undefined`: a temporary one. */
  readonly dataDir: string | undefined;
  /** Client port of the first member, the next ones follow; `undefined` or 0: free ones. */
  readonly port: number | undefined;
  readonly tickTimeMs: number;
}

/**
 * Writes `zoo.cfg` and `myid` of each member, with ports that are free now. Rejects with an {@link EnsembleError} if the folder
 * holds the data of another number of servers, if an ensemble runs there, or if a port is in use.
 */
export async function prepareEnsembleFolder(options: EnsembleFolderOptions): Promise<EnsembleFolder> {
  const { servers, dataDir, port, tickTimeMs } = options;
  const clientPorts = await choosePorts(servers, port);
  const quorumPorts = await freePorts(2 * servers, { used: clientPorts });
  const path = dataDir === undefined ? await mkdtemp(join(tmpdir(), "conclave-ensemble-")) : resolve(dataDir);
  const dispose = async (): Promise<void> => {
    if (dataDir === undefined) await rm(path, { recursive: true, force: true });
  };
  try {
    if (dataDir !== undefined) {
      await refuseOtherCount(path, servers);
      await refuseRunning(path, servers);
    }
    const members = clientPorts.map((clientPort, index) => placeOf(path, index + 1, clientPort));
    const lines = members.map(({ id }) => `server.${id}=${HOST}:${quorumPorts[2 * id - 2]}:${quorumPorts[2 * id - 1]}`);
    for (const [index, member] of members.entries()) {
      await mkdir(member.folder, { recursive: true });
      await writeFile(join(member.folder, "myid"), `${member.id}\n`);
      await writeFile(member.config, configText(member.folder, clientPorts[index]!, tickTimeMs, lines));
    }
    return { path, members, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function placeOf(path: string, id: number, clientPort: number): MemberPlace {
  const folder = join(path, String(id));
  return { id, connectString: `${HOST}:${clientPort}`, folder, config: join(folder, "zoo.cfg") };
}

async function choosePorts(count: number, first: number | undefined): Promise<readonly number[]> {
  if (first === undefined || first === 0) return freePorts(count);
  const ports = Array.from({ length: count }, (_, index) => first + index);
  for (const port of ports) {
    if (port > 65_535)
      throw new EnsembleError(`port ${port} does not exist: pass a --port of at most ${65_536 - count}`);
    if (!(await isFreePort(port))) {
      throw new EnsembleError(
        `port ${port} of ${HOST} is in use or not allowed: stop its server, or pass another --port`,
      );
    }
  }
  return ports;
}

/** With fewer servers than before, a quorum of them could miss a write; with more, a quorum of empty ones could undo all. */
async function refuseOtherCount(path: string, servers: number): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new EnsembleError(`cannot use ${path}: ${error.message}`);
  });
  const found = names.filter((name) => /^[1-9]\d?$/.test(name)).length;
  if (found === 0 || found === servers) return;
  throw new EnsembleError(
    `${path} holds the data of ${found} servers: pass --servers ${found}, or another --data-dir for ${servers} servers`,
  );
}

/** Refuses a folder of which an ensemble runs: its files would name ports that its servers do not use. */
async function refuseRunning(path: string, servers: number): Promise<void> {
  for (let id = 1; id <= servers; id++) {
    const { config } = placeOf(path, id, 0);
    const port = /^clientPort=(\d+)$/m.exec(await readFile(config, "utf8").catch(() => ""))?.[1];
    if (port === undefined || (await isFreePort(Number(port)))) continue;
    throw new EnsembleError(
      `an ensemble seems to run in ${path}, as port ${port} of server.${id} is in use: stop it, or remove ${config} if that is another program`,
    );
  }
}

function configText(dataDir: string, clientPort: number, tickTimeMs: number, members: readonly string[]): string {
  const lines = [
    "# Written at each start of the ensemble: a change is lost then.",
    `dataDir=${asProperty(dataDir)}`,
    `clientPort=${clientPort}`,
    `clientPortAddress=${HOST}`,
    `tickTime=${tickTimeMs}`,
    `initLimit=${Math.ceil(INIT_LIMIT_MS / tickTimeMs)}`,
    `syncLimit=${Math.ceil(SYNC_LIMIT_MS / tickTimeMs)}`,
    `maxSessionTimeout=${MAX_SESSION_TIMEOUT_MS}`,
    "maxClientCnxns=0",
    "extendedTypesEnabled=true",
    "admin.enableServer=false",
    "4lw.commands.whitelist=*",
    ...members,
  ];
  return `${lines.join("\n")}\n`;
}

const INIT_LIMIT_MS = 20_000;
/** A member that is paused for this long is replaced. */
const SYNC_LIMIT_MS = 10_000;
const MAX_SESSION_TIMEOUT_MS = 60_000;

/** Escapes a path for Java's properties format. */
function asProperty(path: string): string {
  return path
    .replace(/\\/g, "\\\\")
    .replace(/^[ \t\f]/, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r");
}
