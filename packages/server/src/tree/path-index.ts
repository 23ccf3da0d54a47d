/**
 * So much at a time, all of which stays. One block for all would be copied into one of twice the size and given back, and
 * an allocator that got large blocks back keeps as much more of what it gets back later: glibc's `M_TRIM_THRESHOLD`.
 */
const BLOCK_SHIFT = 12;
const BLOCK_PLACES = 1 << BLOCK_SHIFT;
const BLOCK_MASK = BLOCK_PLACES - 1;

/**
 * Rows by the hash of their path: a table of pairs of hash and row, each at the place that its hash says or, where that is
 * taken, at the next one that is not. Who is not there is known by looking at one place, as a rule.
 */
export class PathIndex {
  /** Hash and row, by turns; a row 0 is a place that is free. */
  readonly #blocks = [newBlock()];
  #mask = BLOCK_PLACES - 1;
  #count = 0;

  /** Where to look for a hash first; at the end of the rows that might have it {@link rowAt} is 0. */
  start(hash: number): number {
    return hash & this.#mask;
  }

  next(place: number): number {
    return (place + 1) & this.#mask;
  }

  hashAt(place: number): number {
    return this.#blocks[place >>> BLOCK_SHIFT]![2 * (place & BLOCK_MASK)]!;
  }

  rowAt(place: number): number {
    return this.#blocks[place >>> BLOCK_SHIFT]![2 * (place & BLOCK_MASK) + 1]!;
  }

  add(hash: number, row: number): void {
    // Beyond three quarters what is looked for would often not stand where it should.
    if (++this.#count > this.#mask * 0.75) this.#grow();
    this.#enter(hash, row);
  }

  /** The row must be there under this hash. */
  remove(hash: number, row: number): void {
    let free = this.start(hash);
    while (this.rowAt(free) !== row) free = this.next(free);
    this.#count--;
    // Whoever stands behind, and would not be found beyond a free place, moves up.
    for (let at = this.next(free); this.rowAt(at) !== 0; at = this.next(at)) {
      const distance = (at - this.hashAt(at)) & this.#mask;
      if (distance < ((at - free) & this.#mask)) continue;
      this.#set(free, this.hashAt(at), this.rowAt(at));
      free = at;
    }
    this.#set(free, 0, 0);
  }

  #enter(hash: number, row: number): void {
    let place = this.start(hash);
    while (this.rowAt(place) !== 0) place = this.next(place);
    this.#set(place, hash, row);
  }

  #set(place: number, hash: number, row: number): void {
    const block = this.#blocks[place >>> BLOCK_SHIFT]!;
    block[2 * (place & BLOCK_MASK)] = hash;
    block[2 * (place & BLOCK_MASK) + 1] = row;
  }

  /**
   * Twice as many places. Each row enters again, in order: where it belongs is its old place, one before that, or one that
   * is new, so that it never stands behind a row that has yet to go.
   */
  #grow(): void {
    const former = this.#mask + 1;
    // Those at the beginning may belong to the end, behind which it goes on elsewhere now.
    let first = 0;
    const late: number[] = [];
    for (; this.rowAt(first) !== 0; first++) late.push(...this.#take(first));
    this.#mask = 2 * former - 1;
    for (let missing = former >>> BLOCK_SHIFT; missing > 0; missing--) this.#blocks.push(newBlock());
    for (let place = first; place < former; place++) {
      if (this.rowAt(place) !== 0) this.#enter(...this.#take(place));
    }
    for (let at = 0; at < late.length; at += 2) this.#enter(late[at]!, late[at + 1]!);
  }

  /** What stands there, which is free then. */
  #take(place: number): [hash: number, row: number] {
    const taken: [number, number] = [this.hashAt(place), this.rowAt(place)];
    this.#set(place, 0, 0);
    return taken;
  }
}

function newBlock(): Int32Array {
  return new Int32Array(2 * BLOCK_PLACES);
}
