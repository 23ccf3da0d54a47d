const INITIAL_SLOTS = 1 << 16;
const MAX_LOAD = 0.6;
/** Words of a slot: the hash, and the number of the state plus 1. */
const WORDS = 3;

/**
 * Numbers states in the order of their first appearance, by hashes of 64 bits: that two of ten million have the same one has a
 * probability below one in 100,000.
 */
export class StateSet {
  #slots = new Uint32Array(WORDS * INITIAL_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of a state with this hash, which is {@link size} before the call if it is new. */
  numberOf([high, low]: readonly [high: number, low: number]): number {
    const number = insert(this.#slots, high, low, this.#size);
    if (number < this.#size) return number;
    this.#size++;
    if (this.#size > (this.#slots.length / WORDS) * MAX_LOAD) this.#grow();
    return number;
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Uint32Array(2 * former.length);
    for (let i = 0; i < former.length; i += WORDS) {
      if (former[i + 2] !== 0) insert(this.#slots, former[i]!, former[i + 1]!, former[i + 2]! - 1);
    }
  }
}

/** Returns the number of a hash; `number` if it is new. */
function insert(slots: Uint32Array, high: number, low: number, number: number): number {
  const mask = slots.length / WORDS - 1;
  for (let at = (high ^ low) & mask; ; at = (at + 1) & mask) {
    const slot = WORDS * at;
    if (slots[slot + 2] === 0) {
      slots.set([high, low, number + 1], slot);
      return number;
    }
    if (slots[slot] === high && slots[slot + 1] === low) return slots[slot + 2]! - 1;
  }
}
