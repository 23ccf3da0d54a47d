const INITIAL_SLOTS = 4096;

/**
 * Finds rows by the hash of their path: an open-addressing table of pairs of hash and row. Each pair is at the slot of
 * its hash or, if that is used, at the next free one. An absent hash is usually found to be absent by one look.
 */
export class PathIndex {
  /** Hash and row, by turns; a row 0 is a place that is free. */
  #pairs = new Int32Array(2 * INITIAL_SLOTS);
  #mask = INITIAL_SLOTS - 1;
  #count = 0;

  /** Returns the first slot to look at for a hash; the search ends where {@link rowAt} is 0. */
  start(hash: number): number {
    return hash & this.#mask;
  }

  next(place: number): number {
    return (place + 1) & this.#mask;
  }

  hashAt(place: number): number {
    return this.#pairs[2 * place]!;
  }

  rowAt(place: number): number {
    return this.#pairs[2 * place + 1]!;
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
    this.#pairs[2 * place] = hash;
    this.#pairs[2 * place + 1] = row;
  }

  /** Doubles the number of slots. */
  #grow(): void {
    const former = this.#pairs;
    this.#pairs = new Int32Array(2 * former.length);
    this.#mask = former.length - 1;
    for (let at = 0; at < former.length; at += 2) {
      if (former[at + 1] !== 0) this.#enter(former[at]!, former[at + 1]!);
    }
  }
}
