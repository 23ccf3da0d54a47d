/*
 * Names and data of znodes are mostly small, and an array of bytes with memory of its own costs some hundreds of bytes
 * beside its content. So small values of about the same length share a page, which goes with the last value in it: one
 * that stays long never holds more than one page. Large ones are pages of their own.
 */

const PAGE_BYTES = 4096;
const UNIT_BYTES = 16;
/** Larger ones would leave much of a page empty. */
const MAX_SHARED_BYTES = PAGE_BYTES / 8;
const MAX_UNITS = MAX_SHARED_BYTES / UNIT_BYTES;
/** A place is the number of its page and the unit in it. */
const PAGE_SHIFT = 8;
const UNIT_MASK = (1 << PAGE_SHIFT) - 1;
/** 64 GiB of small values. */
const MAX_PAGE = (1 << (32 - PAGE_SHIFT)) - 1;

const NO_BYTES = new Uint8Array(0);

/** Memory for values of up to so many units each, or for a single large one. */
class Page {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly units: number;
  readonly capacity: number;
  /** How many places hold something, and how many ever did. */
  live = 0;
  used = 0;
  /** The last place that was given back; its first byte is the one before, and so on: `used - live` of them. */
  free = 0;
  /** Its neighbours among those that have room. */
  previous: Page | undefined = undefined;
  next: Page | undefined = undefined;

  constructor(number: number, bytes: Uint8Array, units: number) {
    this.number = number;
    this.bytes = bytes;
    this.units = units;
    this.capacity = units === 0 ? 1 : Math.floor(bytes.length / UNIT_BYTES / units);
  }

  /** The offset of a place that holds nothing. There must be one. */
  take(): number {
    const isReused = this.live++ < this.used;
    const index = isReused ? this.free : this.used++;
    const offset = index * this.units * UNIT_BYTES;
    if (isReused) this.free = this.bytes[offset]!;
    return offset;
  }

  giveBack(offset: number): void {
    this.bytes[offset] = this.free;
    this.free = offset / UNIT_BYTES / this.units;
    this.live--;
  }
}

/** Bytes by a number that says their place. Who keeps something here knows how long it is. */
export class ByteStore {
  readonly #pages: (Page | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Of each size, the first of the pages that have room. */
  readonly #roomy = new Array<Page | undefined>(MAX_UNITS + 1).fill(undefined);

  /** Keeps a copy of the first `length` bytes. Returns its place. */
  put(bytes: Uint8Array, length: number): number {
    if (length > MAX_SHARED_BYTES)
      return this.#newPage(new Uint8Array(bytes.subarray(0, length)), 0).number << PAGE_SHIFT;
    if (length === 0) return 0;
    const units = Math.ceil(length / UNIT_BYTES);
    const page = this.#roomy[units] ?? this.#newPage(new Uint8Array(PAGE_BYTES), units);
    const offset = page.take();
    if (page.live === page.capacity) this.#unlink(page);
    const kept = page.bytes;
    if (length === bytes.length) kept.set(bytes, offset);
    else for (let at = 0; at < length; at++) kept[offset + at] = bytes[at]!;
    return (page.number << PAGE_SHIFT) | (offset / UNIT_BYTES);
  }

  /** Forgets what is there. */
  remove(place: number, length: number): void {
    if (length <= 0) return;
    const page = this.#pages[place >>> PAGE_SHIFT]!;
    if (length > MAX_SHARED_BYTES) {
      this.#drop(page);
      return;
    }
    if (page.live === page.capacity) this.#link(page);
    page.giveBack((place & UNIT_MASK) * UNIT_BYTES);
    // The only one with room stays: the next value would need another.
    if (page.live > 0 || (page.previous === undefined && page.next === undefined)) return;
    this.#unlink(page);
    this.#drop(page);
  }

  /** What is there. Not to be written to, and valid until it is removed. */
  get(place: number, length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    const { bytes } = this.#pages[place >>> PAGE_SHIFT]!;
    if (length > MAX_SHARED_BYTES) return bytes;
    const offset = (place & UNIT_MASK) * UNIT_BYTES;
    return bytes.subarray(offset, offset + length);
  }

  /** The memory in which a place is, and where in it: to look at bytes without a view of them. */
  memoryOf(place: number): Uint8Array {
    return this.#pages[place >>> PAGE_SHIFT]?.bytes ?? NO_BYTES;
  }

  offsetOf(place: number): number {
    return (place & UNIT_MASK) * UNIT_BYTES;
  }

  #newPage(bytes: Uint8Array, units: number): Page {
    const number = this.#freeNumbers.pop() ?? this.#pages.length;
    if (number > MAX_PAGE) throw new RangeError(`more than ${MAX_PAGE} pages or large values of znodes`);
    const page = new Page(number, bytes, units);
    this.#pages[page.number] = page;
    if (units > 0) this.#link(page);
    return page;
  }

  #drop(page: Page): void {
    this.#pages[page.number] = undefined;
    this.#freeNumbers.push(page.number);
  }

  /** The page has room. */
  #link(page: Page): void {
    const first = this.#roomy[page.units];
    page.next = first;
    if (first !== undefined) first.previous = page;
    this.#roomy[page.units] = page;
  }

  /** It has none any more, or is not there any more. */
  #unlink(page: Page): void {
    const { previous, next } = page;
    if (previous === undefined) this.#roomy[page.units] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    page.previous = undefined;
    page.next = undefined;
  }
}
