import { basename, dirname } from "node:path";
import { type Random, randomInt } from "@conclave/runtime";
import type { FileLayer, OpenFile } from "../../src/storage/file-layer.js";
import type { FolderLock } from "../../src/storage/folder-lock.js";
import { VolatileFile, VolatileFolder } from "./volatile-files.js";

/** The machine or the process died: no later operation has an effect. */
export class PowerLoss extends Error {
  override readonly name = "PowerLoss";

  constructor() {
    super("the power was lost");
  }
}

export interface FailingDiskOptions {
  readonly random: Random;
  /** After so many operations the power is lost. */
  readonly operations: number;
  /** From the n-th operation on no byte more fits. @default never */
  readonly fullAfter?: number | undefined;
}

/**
 * A disk in memory that does no more than POSIX promises. When the power is lost, bytes that no sync covered are there or
 * not, sector by sector; so are names, change by change. One that fills up says ENOSPC, in the middle of a write as well.
 */
export class FailingDisk implements FileLayer {
  readonly #random: Random;
  readonly #folders = new Map<string, VolatileFolder>();
  #left: number;
  #leftUntilFull: number;
  readonly hasDurableWrites: boolean;

  constructor({ random, operations, fullAfter = Number.POSITIVE_INFINITY }: FailingDiskOptions) {
    this.#random = random;
    this.#left = operations;
    this.#leftUntilFull = fullAfter;
    this.hasDurableWrites = randomInt(random, 2) === 0;
  }

  get isDead(): boolean {
    return this.#left <= 0;
  }

  /** Names of the files of a folder, with their lengths: for messages. */
  describe(): string {
    return [...this.#folders]
      .flatMap(([path, { names }]) => [...names].map(([name, { bytes }]) => `${path}/${name} (${bytes.length})`))
      .join(", ");
  }

  /**
   * Returns the disk as the next start finds it. With `isKill` only the process died: every operation has taken effect, and
   * what no sync covered can still be lost with the power.
   */
  afterCrash(options: FailingDiskOptions & { readonly isKill: boolean }): FailingDisk {
    const { isKill, random } = options;
    const next = new FailingDisk(options);
    for (const [path, folder] of this.#folders) {
      const copy = folder.copy();
      if (!isKill) copy.losePower(random);
      next.#folders.set(path, copy);
    }
    return next;
  }

  /** For tests of damage: turns a bit of a file. */
  flip(path: string, at: number, bit: number): void {
    this.#file(path).damage(at, bit);
  }

  async makeFolder(path: string): Promise<void> {
    await this.#operation();
    if (!this.#folders.has(path)) this.#folders.set(path, new VolatileFolder());
  }

  async resolve(folder: string): Promise<string> {
    return folder;
  }

  /** Always succeeds: a disk in memory has one user. */
  async lock(): Promise<FolderLock> {
    return { release: async () => {} };
  }

  async list(folder: string): Promise<string[]> {
    await this.#operation();
    return [...this.#folder(folder).names.keys()];
  }

  async create(path: string, { durableWrites }: { readonly durableWrites: boolean }): Promise<OpenFile> {
    await this.#operation();
    this.#checkSpace();
    const folder = this.#folder(dirname(path));
    const former = folder.names.get(basename(path));
    const file = former ?? new VolatileFile();
    if (former === undefined) folder.change([[basename(path), file]]);
    else file.truncate(0);
    return this.#openFile(file, durableWrites);
  }

  #openFile(file: VolatileFile, durableWrites: boolean): OpenFile {
    const sync = async (): Promise<void> => {
      await this.#operation();
      file.sync();
    };
    return {
      write: async (bytes, from, position) => {
        await this.#operation();
        const count = this.#howMany(bytes.length - from);
        file.write(position, bytes.subarray(from, from + count));
        if (!durableWrites) return count;
        await this.#operation();
        file.sync();
        return count;
      },
      truncate: async (size) => {
        await this.#operation();
        file.truncate(size);
      },
      datasync: sync,
      sync,
      close: () => this.#operation(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operation();
    const folder = this.#folder(dirname(from));
    folder.change([
      [basename(from), undefined],
      [basename(to), this.#file(from)],
    ]);
  }

  async link(from: string, to: string): Promise<void> {
    await this.#operation();
    const folder = this.#folder(dirname(from));
    if (folder.names.has(basename(to))) throw Object.assign(new Error(`EEXIST: ${to}`), { code: "EEXIST", path: to });
    folder.change([[basename(to), this.#file(from)]]);
  }

  async remove(path: string): Promise<void> {
    await this.#operation();
    const folder = this.#folder(dirname(path));
    if (folder.names.has(basename(path))) folder.change([[basename(path), undefined]]);
  }

  async syncFile(path: string): Promise<void> {
    await this.#operation();
    this.#file(path).sync();
  }

  async syncFolder(path: string): Promise<void> {
    await this.#operation();
    this.#folder(path).sync();
  }

  async *read(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
    const file = this.#file(path);
    for (let at = 0; at < file.bytes.length; at += chunkBytes) {
      await this.#operation();
      yield file.bytes.slice(at, at + chunkBytes);
    }
  }

  async tail(path: string, count: number): Promise<Uint8Array> {
    await this.#operation();
    const { bytes } = this.#file(path);
    return bytes.slice(Math.max(0, bytes.length - count));
  }

  /** Takes some turns, so that concurrent tasks interleave; rejects when the power is lost. */
  async #operation(): Promise<void> {
    for (let turns = randomInt(this.#random, 6); turns > 0; turns--) await undefined;
    this.#leftUntilFull--;
    if (--this.#left <= 0) throw new PowerLoss();
  }

  #checkSpace(): void {
    if (this.#leftUntilFull <= 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  }

  /** Returns the number of bytes that a write takes: all, or a part of the first one that does not fit. */
  #howMany(bytes: number): number {
    if (this.#leftUntilFull === 0 && bytes > 1) return 1 + randomInt(this.#random, bytes - 1);
    this.#checkSpace();
    return bytes;
  }

  #folder(path: string): VolatileFolder {
    const folder = this.#folders.get(path);
    if (folder === undefined) throw new Error(`no folder ${path}`);
    return folder;
  }

  #file(path: string): VolatileFile {
    const file = this.#folder(dirname(path)).names.get(basename(path));
    if (file === undefined) throw Object.assign(new Error(`ENOENT: no file ${path}`), { code: "ENOENT", path });
    return file;
  }
}
