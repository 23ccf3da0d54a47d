import { type Random, randomInt, seededRandom, systemRandom } from "@conclave/runtime";

/** Number of seeds and the first seed. */
export interface SeedOptions {
  /**
   * Number of seeds to run.
   * @default 20
   */
  readonly count?: number | undefined;
  /**
   * First seed; each next seed is one larger. Setting it makes every run the same.
   * @default a random seed
   */
  readonly first?: number | undefined;
  /**
   * Environment from which `CONCLAVE_SEED` is read.
   * @default process.env
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Failure of `body` for one seed. The message says how to run that seed again; `cause` is the original error. */
export class SeedError extends Error {
  override readonly name = "SeedError";
  readonly seed: number;

  constructor(seed: number, cause: unknown) {
    super(`seed ${seed} failed (repeat it with CONCLAVE_SEED=${seed}): ${messageOf(cause)}`, { cause });
    this.seed = seed;
  }
}

/**
 * Runs `body` once per seed, one after the other, with a random generator that depends on the seed only. With
 * `CONCLAVE_SEED` in the environment only that seed runs. Rejects with a {@link SeedError} at the first seed that
 * fails.
 */
export async function forEachSeed(
  body: (random: Random, seed: number) => Promise<void> | void,
  options: SeedOptions = {},
): Promise<void> {
  for (const seed of seedsOf(options)) {
    try {
      await body(seededRandom(seed), seed);
    } catch (error) {
      throw new SeedError(seed, error);
    }
  }
}

function seedsOf({ count = 20, first, env = process.env }: SeedOptions): number[] {
  const given = env.CONCLAVE_SEED;
  if (given !== undefined && given !== "") {
    if (!/^\d+$/.test(given)) throw new TypeError(`CONCLAVE_SEED must be a whole number, not "${given}"`);
    return [Number(given)];
  }
  const start = first ?? randomInt(systemRandom, 2 ** 31 - count);
  return Array.from({ length: count }, (_, index) => start + index);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
