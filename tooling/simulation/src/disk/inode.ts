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
  size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }

  apply(change: Change): void {
    const end = change.kind === "truncate" ? change.size : Math.max(this.size, change.position + change.bytes.length);
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    if (end < this.size) this.#bytes.fill(0, end, this.size);
    this.size = end;
    if (change.kind === "write") this.#bytes.set(change.bytes, change.position);
  }
}

/** A file: its content as readers see it, and as it is after a loss of power. */
export class Inode {
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

  #change(change: Change): void {
    this.#pending.push(change);
    this.#seen.apply(change);
  }

  /** Makes the first `count` pending changes durable. */
  sync(count: number): void {
    for (const change of this.#pending.splice(0, count)) this.#durable.apply(change);
  }

  /** Keeps the durable content, and some of the pending changes, sector by sector. */
  losePower(random: Random): void {
    for (const change of survivors(this.#pending.flatMap(bySector), random)) this.#durable.apply(change);
    this.#pending = [];
    this.#seen.apply({ kind: "truncate", size: 0 });
    this.#seen.apply({ kind: "write", position: 0, bytes: this.#durable.bytes });
  }
}

/** Returns all changes, the first of them, or any. */
export function survivors<T>(changes: readonly T[], random: Random): readonly T[] {
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
