import { randomFillSync } from "node:crypto";

/** Random numbers as a parameter. */
export interface Random {
  /** Returns a number in [0, 1), evenly distributed. */
  float(): number;
  /** Returns `length` random bytes, which are unpredictable if the source is {@link systemRandom}. */
  bytes(length: number): Uint8Array;
}

/** Random source of the machine: cryptographic bytes, and floats that are good enough for jitter and shuffles. */
export const systemRandom: Random = Object.freeze({
  float: () => Math.random(),
  bytes: (length: number) => randomFillSync(new Uint8Array(length)),
});

/**
 * Creates a reproducible random source: the same seed gives the same numbers (a mixed Weyl sequence; not for secrets).
 * Tests print the seed, and replay from it.
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

/** Returns an integer in [0, below), evenly distributed. */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}
