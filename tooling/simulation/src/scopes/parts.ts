import { RENAMINGS } from "./renaming.ts";
import { textHash } from "./text-hash.ts";

/** Part of a state, the same object for equal ones, with its hashes under each renaming of the servers. */
export interface Part<T> {
  readonly value: T;
  /** Two words for each renaming. */
  readonly hashes: Float64Array;
}

/** All parts of one kind that were seen. */
export class Parts<T> {
  readonly #byKey = new Map<string, Part<T>>();
  readonly #keyUnder: (value: T, renaming: (typeof RENAMINGS)[number]) => string;
  readonly #renamings: typeof RENAMINGS;

  /** @param keyUnder returns a text that is different for different parts */
  constructor(keyUnder: (value: T, renaming: (typeof RENAMINGS)[number]) => string, renamings: typeof RENAMINGS) {
    this.#keyUnder = keyUnder;
    this.#renamings = renamings;
  }

  get size(): number {
    return this.#byKey.size;
  }

  of(value: T): Part<T> {
    const key = this.#keyUnder(value, RENAMINGS[0]!);
    let part = this.#byKey.get(key);
    if (part === undefined) {
      const hashes = new Float64Array(2 * this.#renamings.length);
      for (const [i, renaming] of this.#renamings.entries()) {
        hashes.set(textHash(i === 0 ? key : this.#keyUnder(value, renaming)), 2 * i);
      }
      part = { value, hashes };
      this.#byKey.set(key, part);
    }
    return part;
  }
}
