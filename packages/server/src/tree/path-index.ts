const INITIAL_PLACES = 1024;

/**
 * Rows by the hash of their path: a table of pairs of hash and row, each at the place that its hash says or, where that is
 * taken, at the next one that is not. Who is not there is known by looking at one place, as a rule.
 */
export class PathIndex {
  /** Hash and row, by turns; a row 0 is a place that is free. */
  #pairs = new Int32Array(2 * INITIAL_PLACES);
  #mask = INITIAL_PLACES - 1;
  #count = 0;

  /** Where to look for a hash first; at the end of the rows that might have it {@link rowAt} is 0. */
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
    this.#pairs[2 * place] = hash;
    this.#pairs[2 * place + 1] = row;
  }

  #grow(): void {
    const former = this.#pairs;
    this.#pairs = new Int32Array(2 * former.length);
    this.#mask = this.#pairs.length / 2 - 1;
    for (let at = 0; at < former.length; at += 2) {
      if (former[at + 1] !== 0) this.#enter(former[at]!, former[at + 1]!);
    }
  }
}
