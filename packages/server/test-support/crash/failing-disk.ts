import { basename, dirname } from "node:path";
import { type Random, randomInt } from "@conclave/runtime";
import type { FileLayer, OpenFile } from "../../src/storage/file-layer.js";
import type { FolderLock } from "../../src/storage/folder-lock.js";

/** The machine or the process died: no later operation has an effect. */
export class PowerLoss extends Error {
  override readonly name = "PowerLoss";

  constructor() {
    super("the power was lost");
  }
}

/** Disks write these whole, or not at all. */
const SECTOR_BYTES = 512;

/** A change of a file that no sync has made durable yet. */
type PendingChange =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

class Inode {
  /** Content as readers see it. */
  bytes = new Uint8Array(0);
  durable = new Uint8Array(0);
  pending: PendingChange[] = [];

  change(change: PendingChange): void {
    this.pending.push(change);
    this.bytes = changed(this.bytes, change);
  }

  sync(): void {
    this.durable = this.bytes;
    this.pending = [];
  }
}

function changed(bytes: Uint8Array<ArrayBuffer>, change: PendingChange): Uint8Array<ArrayBuffer> {
  const size = change.kind === "truncate" ? change.size : Math.max(bytes.length, change.position + change.bytes.length);
  const result = new Uint8Array(size);
  result.set(bytes.subarray(0, size));
  if (change.kind === "write") result.set(change.bytes, change.position);
  return result;
}

/** A name that comes to stand for a file, or for none; a rename is both in one step. */
type PendingNames = readonly (readonly [name: string, inode: Inode | undefined])[];

class Folder {
  readonly names = new Map<string, Inode>();
  readonly durable = new Map<string, Inode>();
  pending: PendingNames[] = [];

  change(change: PendingNames): void {
    this.pending.push(change);
    apply(this.names, change);
  }

  sync(): void {
    for (const change of this.pending.splice(0)) apply(this.durable, change);
  }
}

function apply(names: Map<string, Inode>, change: PendingNames): void {
  for (const [name, inode] of change) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
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
  readonly #folders = new Map<string, Folder>();
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
      next.#folders.set(path, isKill ? copyOf(folder) : afterPowerLoss(folder, random));
    }
    return next;
  }

  /** For tests of damage: turns a bit of a file. */
  flip(path: string, at: number, bit: number): void {
    const inode = this.#inode(path);
    inode.bytes = inode.bytes.slice();
    inode.bytes[at]! ^= 1 << bit;
    inode.durable = inode.bytes;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#operation();
    if (!this.#folders.has(path)) this.#folders.set(path, new Folder());
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
    const inode = former ?? new Inode();
    if (former === undefined) folder.change([[basename(path), inode]]);
    else inode.change({ kind: "truncate", size: 0 });
    return this.#openFile(inode, durableWrites);
  }

  #openFile(inode: Inode, durableWrites: boolean): OpenFile {
    const sync = async (): Promise<void> => {
      await this.#operation();
      inode.sync();
    };
    return {
      write: async (bytes, from, position) => {
        await this.#operation();
        const count = this.#howMany(bytes.length - from);
        inode.change({ kind: "write", position, bytes: bytes.slice(from, from + count) });
        if (!durableWrites) return count;
        await this.#operation();
        inode.sync();
        return count;
      },
      truncate: async (size) => {
        await this.#operation();
        inode.change({ kind: "truncate", size });
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
      [basename(to), this.#inode(from)],
    ]);
  }

  async link(from: string, to: string): Promise<void> {
    await this.#operation();
    const folder = this.#folder(dirname(from));
    if (folder.names.has(basename(to))) throw Object.assign(new Error(`EEXIST: ${to}`), { code: "EEXIST", path: to });
    folder.change([[basename(to), this.#inode(from)]]);
  }

  async remove(path: string): Promise<void> {
    await this.#operation();
    const folder = this.#folder(dirname(path));
    if (folder.names.has(basename(path))) folder.change([[basename(path), undefined]]);
  }

  async syncFile(path: string): Promise<void> {
    await this.#operation();
    this.#inode(path).sync();
  }

  async syncFolder(path: string): Promise<void> {
    await this.#operation();
    this.#folder(path).sync();
  }

  async *read(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
    const { bytes } = this.#inode(path);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await this.#operation();
      yield bytes.slice(at, at + chunkBytes);
    }
  }

  async tail(path: string, count: number): Promise<Uint8Array> {
    await this.#operation();
    const { bytes } = this.#inode(path);
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

  #folder(path: string): Folder {
    const folder = this.#folders.get(path);
    if (folder === undefined) throw new Error(`no folder ${path}`);
    return folder;
  }

  #inode(path: string): Inode {
    const inode = this.#folder(dirname(path)).names.get(basename(path));
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: no file ${path}`), { code: "ENOENT", path });
    return inode;
  }
}

/** Copies a folder with its files, and with all that is not durable. */
function copyOf(folder: Folder): Folder {
  const copies = new Map<Inode, Inode>();
  const copyOfInode = (inode: Inode): Inode => {
    const known = copies.get(inode);
    if (known !== undefined) return known;
    const copy = durableCopy(inode.durable);
    copy.bytes = inode.bytes;
    copy.pending = [...inode.pending];
    copies.set(inode, copy);
    return copy;
  };
  const copy = new Folder();
  for (const [name, inode] of folder.names) copy.names.set(name, copyOfInode(inode));
  for (const [name, inode] of folder.durable) copy.durable.set(name, copyOfInode(inode));
  copy.pending = folder.pending.map((change) =>
    change.map(([name, inode]) => [name, inode && copyOfInode(inode)] as const),
  );
  return copy;
}

function afterPowerLoss(folder: Folder, random: Random): Folder {
  const copy = new Folder();
  for (const [name, inode] of namesAfter(folder, random)) copy.names.set(name, after(inode, random));
  for (const [name, inode] of copy.names) copy.durable.set(name, inode);
  return copy;
}

function durableCopy(bytes: Uint8Array<ArrayBuffer>): Inode {
  const inode = new Inode();
  inode.bytes = bytes;
  inode.durable = bytes;
  return inode;
}

/** All changes, the first of them, or any. */
function survivors<T>(changes: readonly T[], random: Random): readonly T[] {
  switch (randomInt(random, 3)) {
    case 0:
      return changes;
    case 1:
      return changes.slice(0, randomInt(random, changes.length + 1));
    default:
      return changes.filter(() => randomInt(random, 2) === 0);
  }
}

function namesAfter(folder: Folder, random: Random): Map<string, Inode> {
  const names = new Map(folder.durable);
  for (const change of survivors(folder.pending, random)) apply(names, change);
  return names;
}

function after(inode: Inode, random: Random): Inode {
  let bytes = inode.durable;
  for (const change of survivors(inode.pending.flatMap(bySector), random)) bytes = changed(bytes, change);
  return durableCopy(bytes);
}

function bySector(change: PendingChange): PendingChange[] {
  if (change.kind === "truncate") return [change];
  const sectors: PendingChange[] = [];
  for (let from = 0; from < change.bytes.length; ) {
    const position = change.position + from;
    const to = Math.min(change.bytes.length, from + SECTOR_BYTES - (position % SECTOR_BYTES));
    sectors.push({ kind: "write", position, bytes: change.bytes.subarray(from, to) });
    from = to;
  }
  return sectors;
}
