/** Chance as a parameter. */
export interface Random {
  /** A number in [0, 1), evenly spread. */
  float(): number;
  /** `length` bytes that nobody can guess, where the source is {@link systemRandom}. */
  bytes(length: number): Uint8Array;
}

/** The machine's own chance: cryptographic bytes; floats good enough for jitter and shuffles. */
export const systemRandom: Random = Object.freeze({
  float: () => Math.random(),
  // Loaded at the first need: it is slow to load, and most programs have none.
  bytes: (length: number) => process.getBuiltinModule("node:crypto").randomFillSync(new Uint8Array(length)),
});

/**
 * Chance that repeats: the same seed gives the same numbers (a Weyl sequence, mixed; not for secrets). Tests
 * print the seed and replay from it.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    float: () => next() / 0x1_0000_0000,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
  };
}

/** An integer in [0, below), evenly spread. */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}
