import { describe, expect, it } from "vitest";
import { runSeed } from "../run/run-seeds.ts";

/** Seeds of one test. */
const SEEDS_PER_TEST = 50;
/** Fewer than in `pnpm soak ensemble`, for more seeds in the same time. */
const FAULTS_PER_SEED = 10;

/** Defines the tests of some seeds: each runs an ensemble through faults, and checks every guarantee. */
export function describeSeeds(first: number, count: number): void {
  describe("a simulated ensemble keeps every guarantee through faults", () => {
    const starts = Array.from({ length: count / SEEDS_PER_TEST }, (_, i) => first + i * SEEDS_PER_TEST);
    it.each(starts)("with the 50 seeds from %i on", async (start) => {
      let committed = 0;
      for (let seed = start; seed < start + SEEDS_PER_TEST; seed++) {
        const result = await runSeed({ seed, faults: FAULTS_PER_SEED });
        committed += result.committed;
      }
      expect(committed).toBeGreaterThan(SEEDS_PER_TEST);
    });
  });
}
