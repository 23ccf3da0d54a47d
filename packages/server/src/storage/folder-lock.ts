import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError } from "./storage-error.js";

/*
 * Node.js has no flock. Here the holder of a folder listens on a Unix socket in it: the kernel stops that with the process,
 * whatever ends it, and a connection attempt shows whether it listens. The socket belongs to the folder, so that it does not
 * matter by which path, or from which container of this machine, the folder is reached. See SPEC.md for the protocol.
 */

/** Released by {@link release}, and by the end of the process. */
export interface FolderLock {
  release(): Promise<void>;
}

const LOCK = /^lock\.(\d{1,15})$/;
const CLAIM = /^unfinished-lock\.[0-9a-f]{16}$/;
const SOCKET = "socket";
const HOLDER = "holder";
/** `sun_path` of macOS and the BSDs has 104 bytes with its final zero, Linux 108. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * Takes the lock of a folder, which must be there. Rejects with a {@link StorageError} `locked` that names the folder and
 * the holder's process while another server holds it, be it of this process. Resolves with `undefined` where the file
 * system cannot hold sockets: nothing protects the folder then.
 */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  if (process.platform === "win32") return lockByPipe(folder);
  for (;;) {
    const newest = Math.max(0, ...(await generations(folder)));
    const held = join(folder, `lock.${newest}`);
    if (newest > 0 && (await isListening(join(held, SOCKET)))) throw locked(folder, await readHolder(held));
    const claim = await listenIn(folder);
    if (claim === "unsupported") return undefined;
    if (claim === "lost") continue;
    const lock = await publish(claim, folder, newest + 1);
    if (lock !== undefined) return lock;
  }
}

interface Claim {
  /** The folder with the socket, under a name that no other starter uses. */
  readonly path: string;
  readonly server: Server;
}

/** `lost`: another starter took the lock meanwhile, and removed the claim. */
async function listenIn(folder: string): Promise<Claim | "lost" | "unsupported"> {
  const path = join(
    folder,
    `unfinished-lock.${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")}`,
  );
  await mkdir(path, { mode: 0o755 });
  const server = createServer((socket) => socket.destroy());
  try {
    await writeFile(join(path, HOLDER), JSON.stringify({ pid: process.pid, host: hostname() }));
    await withSocketPath(join(path, SOCKET), (address) => listen(server, address));
    return { path, server };
  } catch (error) {
    await rm(path, { recursive: true, force: true }).catch(() => {});
    const { code = "" } = error as NodeJS.ErrnoException;
    // The folder was made just now, so it was removed since; Node.js says EACCES where that of a socket is missing.
    if (["ENOENT", "EACCES"].includes(code)) return "lost";
    if (["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"].includes(code)) return "unsupported";
    throw error;
  }
}

/** Gives the claim the name of the next generation. `undefined` where another starter was first. */
async function publish({ path, server }: Claim, folder: string, generation: number): Promise<FolderLock | undefined> {
  const held = join(folder, `lock.${generation}`);
  try {
    // One step, refused where there is one: it is never empty.
    await rename(path, held);
  } catch (error) {
    await stop(server);
    await rm(path, { recursive: true, force: true }).catch(() => {});
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(code)) return undefined;
    throw error;
  }
  const all = await generations(folder);
  if (all.some((each) => each > generation)) {
    await stop(server);
    await rm(held, { recursive: true, force: true });
    return undefined;
  }
  await removeFormer(folder, generation);
  return {
    async release() {
      await stop(server);
      // The newest generation stays, see SPEC.md; without its socket, which tools for backups do not like.
      await rm(join(held, SOCKET), { force: true });
    },
  };
}

async function generations(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const match = LOCK.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** A starter that loses its claim to this tries again, and is refused. */
async function removeFormer(folder: string, generation: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const match = LOCK.exec(name);
    if (match === null ? !CLAIM.test(name) : Number(match[1]) >= generation) continue;
    // A claim may be filled while it is emptied; the next start removes the rest.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function lockByPipe(folder: string): Promise<FolderLock> {
  const path = await realpath(folder);
  const name = createHash("sha256").update(path.toLowerCase()).digest("hex");
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, `\\\\.\\pipe\\conclave-${name}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw locked(folder, await readHolder(folder));
  }
  await writeFile(join(path, HOLDER), JSON.stringify({ pid: process.pid, host: hostname() }));
  return { release: () => stop(server) };
}

/** `exclusive`: in a worker of `node:cluster` the primary process would listen, and outlive it. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path, exclusive: true, readableAll: true, writableAll: true }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      server.unref();
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

/** A connection is made by the kernel: a holder that is busy, or stopped by a signal, counts as one that listens. */
async function isListening(socketPath: string): Promise<boolean> {
  const error = await withSocketPath(socketPath, attempt);
  switch (error?.code) {
    case undefined:
    case "EAGAIN":
      return true;
    case "ECONNRESET":
      // It stopped listening at this moment.
      return isListening(socketPath);
    case "ECONNREFUSED":
    case "ENOENT":
    case "ENOTSOCK":
      return false;
    default:
      throw error;
  }
}

function attempt(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", resolve);
  });
}

/** Calls `use` with a path to the same socket that is short enough for the operating system. */
async function withSocketPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return use(path);
  const folder = join(path, "..");
  const short = await mkdtemp(join(Buffer.byteLength(tmpdir()) > 60 ? "/tmp" : tmpdir(), "conclave-"));
  try {
    const link = join(short, "d");
    await symlink(await realpath(folder).catch(() => folder), link);
    return await use(join(link, SOCKET));
  } finally {
    await rm(short, { recursive: true, force: true });
  }
}

/** In words; the file may be missing, or not whole yet. */
async function readHolder(folder: string): Promise<string> {
  try {
    const { pid, host } = JSON.parse(await readFile(join(folder, HOLDER), "utf8")) as { pid: number; host: string };
    if (host !== hostname()) return `process ${pid} of host ${host}`;
    return pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  } catch {
    return "another process";
  }
}

function locked(folder: string, holder: string): StorageError {
  const message = `${folder} is in use by ${holder}. Stop that server, or give this one its own folders (dataDir, dataLogDir).`;
  return new StorageError("locked", message, { path: folder });
}
