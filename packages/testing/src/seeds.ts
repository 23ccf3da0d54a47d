import { type Random, randomInt, seededRandom, systemRandom } from "@conclave/runtime";

/** How many seeds, and which. */
export interface SeedOptions {
  /**
   * How many seeds to try.
   * @default 20
   */
  readonly count?: number | undefined;
  /**
   * The first one; the others follow by one. Every run the same, where it is given.
   * @default by chance
   */
  readonly first?: number | undefined;
  /**
   * Where `CONCLAVE_SEED` is looked up.
   * @default process.env
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What `body` threw for one seed; the message says how to run that seed again, and `cause` is the error itself. */
export class SeedError extends Error {
  override readonly name = "SeedError";
  readonly seed: number;

  constructor(seed: number, cause: unknown) {
    super(`seed ${seed} fails (run it again with CONCLAVE_SEED=${seed}): ${messageOf(cause)}`, { cause });
    this.seed = seed;
  }
}

/**
 * Runs `body` for each of several seeds, one after the other, with chance that the seed decides alone. With
 * `CONCLAVE_SEED` in the environment it runs for that seed only. Rejects with a {@link SeedError} at the first seed that
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
    if (!/^\d+$/.test(given)) throw new TypeError(`CONCLAVE_SEED is a whole number, not "${given}"`);
    return [Number(given)];
  }
  const start = first ?? randomInt(systemRandom, 2 ** 31 - count);
  return Array.from({ length: count }, (_, index) => start + index);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
