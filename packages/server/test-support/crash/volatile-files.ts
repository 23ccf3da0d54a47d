import { type Random, randomInt } from "@conclave/runtime";

/** Disks write these whole, or not at all. */
const SECTOR_BYTES = 512;
const NOTHING = new Uint8Array(0);

/** A change of a file that no sync has made durable yet. */
type Change =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

/** Bytes of a file that can grow without being copied each time. */
class Content {
  #bytes: Uint8Array = NOTHING;
  #size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Replaces everything. */
  set(bytes: Uint8Array): void {
    this.#bytes = bytes.slice();
    this.#size = bytes.length;
  }

  apply(change: Change): void {
    const end = change.kind === "truncate" ? change.size : Math.max(this.#size, change.position + change.bytes.length);
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    if (end < this.#size) this.#bytes.fill(0, end, this.#size);
    this.#size = end;
    if (change.kind === "write") this.#bytes.set(change.bytes, change.position);
  }
}

/** A file on a disk that may lose power: its content as readers see it, and what is durable. */
export class VolatileFile {
  readonly #seen = new Content();
  readonly #durable = new Content();
  #pending: Change[] = [];

  /** Content as readers see it; valid until the next change. */
  get bytes(): Uint8Array {
    return this.#seen.bytes;
  }

  /** Number of changes that no sync has made durable. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  write(position: number, bytes: Uint8Array): void {
    this.#change({ kind: "write", position, bytes: bytes.slice() });
  }

  truncate(size: number): void {
    this.#change({ kind: "truncate", size });
  }

  /** Makes the first `count` pending changes durable; by default all. */
  sync(count = this.#pending.length): void {
    for (const change of this.#pending.splice(0, count)) this.#durable.apply(change);
  }

  /** Keeps the durable content, and some of the pending changes, sector by sector. */
  losePower(random: Random): void {
    for (const change of survivors(this.#pending.flatMap(bySector), random)) this.#durable.apply(change);
    this.#pending = [];
    this.#seen.set(this.#durable.bytes);
  }

  /** Turns a bit, for good. */
  damage(at: number, bit: number): void {
    this.sync();
    this.#seen.bytes[at]! ^= 1 << bit;
    this.#durable.set(this.#seen.bytes);
  }

  copy(): VolatileFile {
    const copy = new VolatileFile();
    copy.#seen.set(this.#seen.bytes);
    copy.#durable.set(this.#durable.bytes);
    copy.#pending = [...this.#pending];
    return copy;
  }

  #change(change: Change): void {
    this.#pending.push(change);
    this.#seen.apply(change);
  }
}

/** A name that comes to mean a file, or none; a rename is both in one step. */
type Names = readonly (readonly [name: string, file: VolatileFile | undefined])[];

/** The names in a folder on a disk that may lose power, and their files. */
export class VolatileFolder {
  /** Names as readers see them. */
  readonly names = new Map<string, VolatileFile>();
  readonly #durable = new Map<string, VolatileFile>();
  #pending: Names[] = [];

  /** Number of changes that no sync has made durable. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  change(change: Names): void {
    this.#pending.push(change);
    apply(this.names, change);
  }

  /** Makes the first `count` pending changes durable; by default all. */
  sync(count = this.#pending.length): void {
    for (const change of this.#pending.splice(0, count)) apply(this.#durable, change);
  }

  /** Keeps the durable names, and some of the pending changes; so do the files that still have a name. */
  losePower(random: Random): void {
    for (const change of survivors(this.#pending, random)) apply(this.#durable, change);
    this.#pending = [];
    this.names.clear();
    for (const [name, file] of this.#durable) this.names.set(name, file);
    for (const file of new Set(this.names.values())) file.losePower(random);
  }

  /** Copies the folder with its files, and with all that is not durable. */
  copy(): VolatileFolder {
    const copies = new Map<VolatileFile, VolatileFile>();
    const copyOf = (file: VolatileFile): VolatileFile => {
      const copied = copies.get(file) ?? file.copy();
      copies.set(file, copied);
      return copied;
    };
    const copy = new VolatileFolder();
    for (const [name, file] of this.names) copy.names.set(name, copyOf(file));
    for (const [name, file] of this.#durable) copy.#durable.set(name, copyOf(file));
    copy.#pending = this.#pending.map((change) => change.map(([name, file]) => [name, file && copyOf(file)] as const));
    return copy;
  }
}

function apply(names: Map<string, VolatileFile>, change: Names): void {
  for (const [name, file] of change) {
    if (file === undefined) names.delete(name);
    else names.set(name, file);
  }
}

/** Returns all changes, none, the first of them, or any. */
function survivors<T>(changes: readonly T[], random: Random): readonly T[] {
  if (changes.length === 0) return changes;
  switch (randomInt(random, 4)) {
    case 0:
      return [];
    case 1:
      return changes;
    case 2:
      return changes.slice(0, randomInt(random, changes.length + 1));
    default:
      return changes.filter(() => randomInt(random, 2) === 0);
  }
}

function bySector(change: Change): Change[] {
  if (change.kind === "truncate") return [change];
  const sectors: Change[] = [];
  for (let from = 0; from < change.bytes.length; ) {
    const position = change.position + from;
    const to = Math.min(change.bytes.length, from + SECTOR_BYTES - (position % SECTOR_BYTES));
    sectors.push({ kind: "write", position, bytes: change.bytes.subarray(from, to) });
    from = to;
  }
  return sectors;
}
