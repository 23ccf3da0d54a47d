import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * A file that is written from front to back, where each write may be made durable before it counts as done.
 *
 * Where the system has O_DSYNC (Linux), a durable write is one call, and one trip to the thread pool, in place of a write
 * and an fdatasync: the wait of every group commit. Elsewhere, and for O_DSYNC's promise exactly, it is those two.
 */
export class DurableFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #sync: boolean;
  readonly #syncsByItself: boolean;
  #position = 0;
  #size = 0;

  private constructor(path: string, handle: FileHandle, sync: boolean, syncsByItself: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#sync = sync;
    this.#syncsByItself = syncsByItself;
  }

  /** Creates the file, or empties one that is there. With `sync`, every {@link write} is durable when it resolves. */
  static async create(path: string, options: { readonly sync: boolean }): Promise<DurableFile> {
    const dsync = options.sync ? (constants.O_DSYNC ?? 0) : 0;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | dsync;
    return new DurableFile(path, await open(path, flags, 0o644), options.sync, dsync !== 0);
  }

  /** Where the next write goes. */
  get position(): number {
    return this.#position;
  }

  /** Bytes of the file, with those that were reserved. */
  get size(): number {
    return this.#size;
  }

  /** Writes all of `bytes` behind what was written before. One call at a time; `bytes` must not change meanwhile. */
  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
    this.#size = Math.max(this.#size, this.#position);
    if (this.#sync && !this.#syncsByItself) await this.#handle.datasync();
  }

  /** Makes the file `size` bytes long, with zeros behind what was written. */
  async reserve(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  /** Makes everything written durable, the file's size too. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Makes the names in a folder durable. Windows cannot open a folder, and keeps its names without being asked. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renames within a folder; durable when it resolves. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}
