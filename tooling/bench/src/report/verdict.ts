import { percentile } from "./statistics.ts";

/** Result of a comparison with a target: `unclear` if the rounds differ too much. */
export type Verdict = "reached" | "missed" | "unclear";

/** Checks that the peer's figures are at least `factor` times ours, by the middle half of the rounds of both. */
export function compareRounds(ours: readonly number[], theirs: readonly number[], factor: number): Verdict {
  const atLeast = percentile(theirs, 0.25) / percentile(ours, 0.75);
  const atMost = percentile(theirs, 0.75) / percentile(ours, 0.25);
  if (atLeast >= factor) return "reached";
  return atMost < factor ? "missed" : "unclear";
}
