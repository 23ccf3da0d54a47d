/*
 * Names and data of znodes are mostly small. Small values of about the same length share a page, which is freed with the
 * last value in it: a value that stays long keeps at most one page alive. Large values have pages of their own.
 *
 * With 210,000 znodes a server has 152 MiB, and a create uses 12 µs of CPU time. If each value had an array of its own, it
 * would have 338 MiB, and a create would use 18 µs (`pnpm bench server --only create`, with MAX_SHARED_BYTES = 0).
 */

const PAGE_BYTES = 8192;
/** Sizes of values are rounded up to a multiple of this. */
const STEP_BYTES = 4;
/** Larger ones would leave much of a page empty. */
const MAX_SHARED_BYTES = PAGE_BYTES / 16;
/** A place is the number of its page and which of the values there it is: there are no more than 512, however small. */
const PAGE_SHIFT = 9;
const INDEX_MASK = (1 << PAGE_SHIFT) - 1;
/** 64 GiB of small values. */
const MAX_PAGE = (1 << (32 - PAGE_SHIFT)) - 1;

const NO_BYTES = new Uint8Array(0);

/** Memory for values of up to so many bytes each, or for a single large one. */
class Page {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** 0: a large one. */
  readonly size: number;
  /** Number of slots of a page that is shared. */
  readonly capacity: number;
  /** Number of used slots, and of slots that were ever used. */
  live = 0;
  used = 0;
  /** The last place that was given back; its first two bytes are the one before, and so on: `used - live` of them. */
  free = 0;
  /** Its neighbours among those that have room. */
  previous: Page | undefined = undefined;
  next: Page | undefined = undefined;

  constructor(number: number, bytes: Uint8Array, size: number) {
    this.number = number;
    this.bytes = bytes;
    this.size = size;
    this.capacity = Math.floor(bytes.length / size);
  }

  /** A place that holds nothing. There must be one. */
  take(): number {
    if (this.live++ === this.used) return this.used++;
    const index = this.free;
    const offset = index * this.size;
    this.free = this.bytes[offset]! | (this.bytes[offset + 1]! << 8);
    return index;
  }

  giveBack(index: number): void {
    const offset = index * this.size;
    this.bytes[offset] = this.free;
    this.bytes[offset + 1] = this.free >> 8;
    this.free = index;
    this.live--;
  }
}

/** Stores bytes, and returns a number for each value. The caller keeps its length. */
export class ByteStore {
  readonly #pages: (Page | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** First page with free slots, by size. */
  readonly #roomy = new Array<Page | undefined>(MAX_SHARED_BYTES / STEP_BYTES + 1).fill(undefined);

  /** Keeps a copy of the first `length` bytes. Returns its place. */
  put(bytes: Uint8Array, length: number): number {
    if (length > MAX_SHARED_BYTES)
      return this.#newPage(new Uint8Array(bytes.subarray(0, length)), 0).number << PAGE_SHIFT;
    if (length === 0) return 0;
    const size = Math.ceil(length / STEP_BYTES) * STEP_BYTES;
    const page = this.#roomy[size / STEP_BYTES] ?? this.#newPage(sharedPage(size), size);
    const index = page.take();
    if (page.live === page.capacity) this.#unlink(page);
    const kept = page.bytes;
    const offset = index * size;
    if (length === bytes.length) kept.set(bytes, offset);
    else for (let at = 0; at < length; at++) kept[offset + at] = bytes[at]!;
    return (page.number << PAGE_SHIFT) | index;
  }

  /** Frees a value. */
  remove(place: number, length: number): void {
    if (length <= 0) return;
    const page = this.#pages[place >>> PAGE_SHIFT]!;
    if (length > MAX_SHARED_BYTES) {
      this.#drop(page);
      return;
    }
    if (page.live === page.capacity) this.#link(page);
    page.giveBack(place & INDEX_MASK);
    // The only one with room stays: the next value would need another.
    if (page.live > 0 || (page.previous === undefined && page.next === undefined)) return;
    this.#unlink(page);
    this.#drop(page);
  }

  /** Returns a value. Read-only, and valid until it is removed. */
  get(place: number, length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    const { bytes, size } = this.#pages[place >>> PAGE_SHIFT]!;
    if (length > MAX_SHARED_BYTES) return bytes;
    const offset = (place & INDEX_MASK) * size;
    return bytes.subarray(offset, offset + length);
  }

  /** The memory in which a place is, and where in it: to look at bytes without a view of them. */
  memoryOf(place: number): Uint8Array {
    return this.#pages[place >>> PAGE_SHIFT]?.bytes ?? NO_BYTES;
  }

  offsetOf(place: number): number {
    return (place & INDEX_MASK) * (this.#pages[place >>> PAGE_SHIFT]?.size ?? 0);
  }

  #newPage(bytes: Uint8Array, size: number): Page {
    const number = this.#freeNumbers.pop() ?? this.#pages.length;
    if (number > MAX_PAGE) throw new RangeError(`more than ${MAX_PAGE} pages or large values of znodes`);
    const page = new Page(number, bytes, size);
    this.#pages[page.number] = page;
    if (size > 0) this.#link(page);
    return page;
  }

  #drop(page: Page): void {
    this.#pages[page.number] = undefined;
    this.#freeNumbers.push(page.number);
  }

  /** The page has room. */
  #link(page: Page): void {
    const first = this.#roomy[page.size / STEP_BYTES];
    page.next = first;
    if (first !== undefined) first.previous = page;
    this.#roomy[page.size / STEP_BYTES] = page;
  }

  /** It has none any more, or is not there any more. */
  #unlink(page: Page): void {
    const { previous, next } = page;
    if (previous === undefined) this.#roomy[page.size / STEP_BYTES] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    page.previous = undefined;
    page.next = undefined;
  }
}

function sharedPage(size: number): Uint8Array {
  return new Uint8Array(Math.min(PAGE_BYTES, size << PAGE_SHIFT));
}
