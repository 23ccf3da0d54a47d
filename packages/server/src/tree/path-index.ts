/**
 * Memory of the index is allocated in blocks of this size, which are never freed. One block that grows would be copied
 * into one of twice the size and freed; an allocator that gets large blocks back then keeps that much more memory later
 * (glibc's `M_TRIM_THRESHOLD`).
 */
const BLOCK_SHIFT = 12;
const BLOCK_PLACES = 1 << BLOCK_SHIFT;
const BLOCK_MASK = BLOCK_PLACES - 1;

/**
 * Finds rows by the hash of their path: an open-addressing table of pairs of hash and row. Each pair is at the slot of
 * its hash or, if that is used, at the next free one. An absent hash is usually found to be absent by one look.
 */
export class PathIndex {
  /** Hash and row, by turns; a row 0 is a place that is free. */
  readonly #blocks = [newBlock()];
  #mask = BLOCK_PLACES - 1;
  #count = 0;

  /** Returns the first slot to look at for a hash; the search ends where {@link rowAt} is 0. */
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
    // Above three quarters, many pairs would be far from the slot of their hash.
    if (++this.#count > this.#mask * 0.75) this.#grow();
    this.#enter(hash, row);
  }

  /** The row must be there under this hash. */
  remove(hash: number, row: number): void {
    let free = this.start(hash);
    while (this.rowAt(free) !== row) free = this.next(free);
    this.#count--;
    // Moves up the pairs after the freed slot that a search would no longer reach.
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
   * Doubles the number of slots. Rows are entered again in order: the slot of each is its former one, one before that,
   * or a new one, so none is placed after a row that is not moved yet.
   */
  #grow(): void {
    const former = this.#mask + 1;
    // Pairs at the beginning may belong to the end, which is no longer the end.
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

  /** Returns the pair of a slot and frees the slot. */
  #take(place: number): [hash: number, row: number] {
    const taken: [number, number] = [this.hashAt(place), this.rowAt(place)];
    this.#set(place, 0, 0);
    return taken;
  }
}

function newBlock(): Int32Array {
  return new Int32Array(2 * BLOCK_PLACES);
}
