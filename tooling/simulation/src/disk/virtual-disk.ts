import { basename, dirname } from "node:path";
import { type Random, randomInt } from "@conclave/runtime";
import { type FileLayer, type OpenFile, VolatileFile, VolatileFolder } from "@conclave/server/simulation";
import type { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";

export interface DiskOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** True if writes can be durable when they resolve (O_DSYNC). */
  readonly hasDurableWrites: boolean;
  /** Mean time of a sync in milliseconds; other operations take a tenth of it. */
  readonly syncMs: number;
}

type Operation = "read" | "change" | "sync";

/**
 * Disk of one machine, which outlives processes and losses of power. It promises no more than POSIX: bytes are durable after a
 * sync of their file, names after one of their folder. A change is seen at once, and an operation ends when its time has passed.
 */
export class VirtualDisk {
  readonly #options: DiskOptions;
  readonly #folders = new Map<string, VolatileFolder>();
  /** Operations take so many times longer. */
  slowness = 1;
  /** No further byte fits, until it is set to false. */
  isFull = false;
  /** Number of operations that will fail next with EIO. */
  failing = 0;
  /** A planted fault: syncs end without making anything durable. */
  ignoresSyncs = false;

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** Drops bytes and names that are not durable: all, or some, sector by sector and name by name. */
  losePower(): void {
    for (const folder of this.#folders.values()) folder.losePower(this.#options.random);
  }

  /** Returns the file system as one life on the machine uses it: operations of a life that has ended never end. */
  layerOf(life: Life): FileLayer {
    const { hasDurableWrites } = this.#options;
    const end = (kind: Operation): Promise<void> => this.#end(life, kind);
    const syncOf = async (file: VolatileFile): Promise<void> => {
      const { pendingCount } = file;
      await end("sync");
      if (!this.ignoresSyncs) file.sync(pendingCount);
    };
    const changed = (): Promise<void> => end("change");
    return {
      hasDurableWrites,
      makeFolder: (path) => {
        if (!this.#folders.has(path)) this.#folders.set(path, new VolatileFolder());
        return changed();
      },
      resolve: async (folder) => folder,
      lock: async () => ({ release: async () => {} }),
      list: async (path) => {
        await end("read");
        return [...this.#folder(path).names.keys()];
      },
      create: async (path, { durableWrites }) => {
        await changed();
        const file = this.#create(path);
        return this.#openFile(file, { changed, sync: () => syncOf(file), durableWrites });
      },
      rename: async (from, to) => {
        const file = this.#file(from);
        this.#folder(dirname(from)).change([
          [basename(from), undefined],
          [basename(to), file],
        ]);
        await changed();
      },
      link: async (from, to) => {
        const folder = this.#folder(dirname(from));
        if (folder.names.has(basename(to))) throw systemError("EEXIST", to);
        folder.change([[basename(to), this.#file(from)]]);
        await changed();
      },
      remove: async (path) => {
        const folder = this.#folder(dirname(path));
        if (folder.names.has(basename(path))) folder.change([[basename(path), undefined]]);
        await changed();
      },
      syncFile: (path) => syncOf(this.#file(path)),
      syncFolder: async (path) => {
        const folder = this.#folder(path);
        const { pendingCount } = folder;
        await end("sync");
        if (!this.ignoresSyncs) folder.sync(pendingCount);
      },
      read: (path, chunkBytes) => this.#read(path, chunkBytes, () => end("read")),
      tail: async (path, count) => {
        await end("read");
        const { bytes } = this.#file(path);
        return bytes.slice(Math.max(0, bytes.length - count));
      },
    };
  }

  #create(path: string): VolatileFile {
    this.#demandSpace();
    const folder = this.#folder(dirname(path));
    const former = folder.names.get(basename(path));
    if (former === undefined) {
      const file = new VolatileFile();
      folder.change([[basename(path), file]]);
      return file;
    }
    former.truncate(0);
    return former;
  }

  #openFile(
    file: VolatileFile,
    parts: { changed(): Promise<void>; sync(): Promise<void>; readonly durableWrites: boolean },
  ): OpenFile {
    const { changed, sync, durableWrites } = parts;
    return {
      write: async (bytes, from, position) => {
        const count = this.#fitting(bytes.length - from);
        file.write(position, bytes.subarray(from, from + count));
        await (durableWrites ? sync() : changed());
        return count;
      },
      truncate: async (size) => {
        if (size > file.bytes.length) this.#demandSpace();
        file.truncate(size);
        await changed();
      },
      datasync: sync,
      sync,
      close: changed,
    };
  }

  async *#read(path: string, chunkBytes: number, end: () => Promise<void>): AsyncGenerator<Uint8Array> {
    await end();
    const file = this.#file(path);
    for (let at = 0; at < file.bytes.length; at += chunkBytes) {
      if (at > 0) await end();
      yield file.bytes.slice(at, at + chunkBytes);
    }
  }

  #end(life: Life, kind: Operation): Promise<void> {
    const { scheduler, random, syncMs } = this.#options;
    const mean = kind === "sync" ? syncMs : syncMs / 10;
    const ms = mean * (0.3 + 1.4 * random.float()) * this.slowness;
    const fails = this.failing > 0;
    if (fails) this.failing--;
    return new Promise((resolve, reject) => {
      scheduler.after(ms, life, () => (fails ? reject(systemError("EIO", "disk")) : resolve()));
    });
  }

  #demandSpace(): void {
    if (this.isFull) throw systemError("ENOSPC", "disk");
  }

  /** Returns the number of bytes that a write takes: on a full disk a part of them may still fit. */
  #fitting(count: number): number {
    if (!this.isFull) return count;
    const fitting = randomInt(this.#options.random, Math.max(count, 1));
    if (fitting === 0) throw systemError("ENOSPC", "disk");
    return fitting;
  }

  #folder(path: string): VolatileFolder {
    const folder = this.#folders.get(path);
    if (folder === undefined) throw systemError("ENOENT", path);
    return folder;
  }

  #file(path: string): VolatileFile {
    const file = this.#folder(dirname(path)).names.get(basename(path));
    if (file === undefined) throw systemError("ENOENT", path);
    return file;
  }
}

function systemError(code: "EIO" | "ENOSPC" | "ENOENT" | "EEXIST", path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** Returns true for an error of the disk that the simulation has caused, or one with such a cause. */
export function isDiskFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "EIO" || code === "ENOSPC" || isDiskFault(error.cause);
}
