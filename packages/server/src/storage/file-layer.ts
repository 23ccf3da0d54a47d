import { constants, createReadStream, writeSync } from "node:fs";
import { access, link, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type FolderLock, lockFolder } from "./folder-lock.js";
import { WritePace } from "./write-pace.js";

/** A file that is open for writing. */
export interface OpenFile {
  /** Writes at a place; returns how many bytes it took. */
  write(bytes: Uint8Array, from: number, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  /** Makes data durable. */
  datasync(): Promise<void>;
  /** Makes data and size durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Properties of a file that is created. */
export interface CreateOptions {
  /** Every write is durable when it resolves. */
  readonly durableWrites: boolean;
  /** Only its owner may ever read it. @default false */
  readonly isSecret?: boolean | undefined;
}

/**
 * The file system as storage uses it: the seam where tests put a disk that loses power. It promises no more than POSIX:
 * bytes are durable after a sync of their file, names after a sync of their folder; before that, each of them may or
 * may not survive the death of the machine. A rename is atomic.
 */
export interface FileLayer {
  /** True if {@link create} can open files whose writes are durable when they resolve (O_DSYNC). */
  readonly hasDurableWrites: boolean;
  /** Creates the folder if it is missing, for good, and those that it is in; rejects where it cannot be read and written. */
  makeFolder(path: string): Promise<void>;
  /** The path of a folder that is there, without links. */
  resolve(folder: string): Promise<string>;
  /** See `lockFolder`. */
  lock(folder: string): Promise<FolderLock | undefined>;
  list(folder: string): Promise<string[]>;
  /** Creates the file, or empties one that is there. */
  create(path: string, options: CreateOptions): Promise<OpenFile>;
  /** Renames a file; replaces an existing file of the name `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file another name in its folder, in one step; rejects with the code EEXIST where there is one of that name. */
  link(from: string, to: string): Promise<void>;
  /** It need not be there. */
  remove(path: string): Promise<void>;
  /** Makes the data of an existing file durable, also what an earlier process wrote. */
  syncFile(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** The bytes of a file from the beginning. */
  read(path: string, chunkBytes: number): AsyncIterable<Uint8Array>;
  /** The last bytes of a file, at most `count`. */
  tail(path: string, count: number): Promise<Uint8Array>;
}

/** Modes of created files and folders: private to their owner, or as the umask allows. */
interface Modes {
  readonly file: number;
  readonly folder: number;
}

const PRIVATE: Modes = { file: 0o600, folder: 0o700 };
const SHARED: Modes = { file: 0o666, folder: 0o777 };

const filesWith = (modes: Modes): FileLayer => ({
  hasDurableWrites: constants.O_DSYNC !== undefined,
  makeFolder: (path: string) => makeFolder(path, modes.folder),
  resolve: (folder: string) => realpath(folder),
  lock: lockFolder,
  list: (folder: string) => readdir(folder),
  create: (path: string, options: CreateOptions) =>
    createFile(path, options, options.isSecret === true ? PRIVATE.file : modes.file),
  rename: (from: string, to: string) => rename(from, to),
  link: linkFile,
  remove: (path: string) => rm(path, { force: true }),
  syncFile,
  syncFolder,
  read: (path: string, chunkBytes: number) => createReadStream(path, { highWaterMark: chunkBytes }),
  tail: readTail,
});

/** The file system of this machine; created files are readable by their owner only. */
export const systemFiles: FileLayer = Object.freeze(filesWith(PRIVATE));
/** The file system of this machine; the umask decides on the access to created files, as with Apache's server. */
export const sharedFiles: FileLayer = Object.freeze(filesWith(SHARED));

async function makeFolder(path: string, mode: number): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode });
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if (made === undefined) return;
  const last = dirname(resolve(made));
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder.length <= last.length) return;
  }
}

async function createFile(path: string, { durableWrites }: CreateOptions, mode: number): Promise<OpenFile> {
  const dsync = durableWrites ? (constants.O_DSYNC ?? 0) : 0;
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | dsync, mode);
  // A set of one client at depth 1 in an ensemble took 410 and 520 µs of CPU instead of 660 and 570 in two runs on a busy machine,
  // and 11 to 15 switches of context instead of 19. Its latency there was lower too, but varied more from run to run than by this.
  const pace = new WritePace();
  return {
    async write(bytes, from, position) {
      const length = bytes.length - from;
      if (!durableWrites || !pace.waits(length)) {
        const { bytesWritten } = await handle.write(bytes, from, length, position);
        return bytesWritten;
      }
      const startedAt = performance.now();
      const written = writeSync(handle.fd, bytes, from, length, position);
      pace.waited(performance.now() - startedAt);
      return written;
    },
    truncate: (size) => handle.truncate(size),
    datasync: () => handle.datasync(),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/**
 * Some file systems have no hard links (exFAT, some network drives). There the lock of the folder is the only
 * protection.
 */
async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    const isTaken = await stat(to).then(
      () => true,
      () => false,
    );
    if (isTaken) throw Object.assign(new Error(`EEXIST: file already exists, ${to}`), { code: "EEXIST", path: to });
    await rename(from, to);
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows cannot open a folder, and keeps its names without being asked. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readTail(path: string, count: number): Promise<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(count, size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
