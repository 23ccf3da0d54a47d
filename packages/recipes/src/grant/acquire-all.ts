import { CombinedGrant } from "./combined-grant.js";
import type { Grant } from "./grant.js";

/** Wins one of several grants, or rejects; gives up its place when the signal aborts. */
export type Acquire<G> = (signal: AbortSignal) => Promise<G>;

/**
 * Acquires grants one after the other, all or none. A grant that is lost while a later one is pending is acquired again,
 * with all after it. Rejects with the first error and when `signal` aborts; resolves with `undefined` if one of them does.
 * Grants acquired before are then released in the background. SPEC.md has the course and the invariants.
 */
export async function acquireAll<G extends Grant>(
  acquirers: readonly Acquire<G>[],
  signal?: AbortSignal,
): Promise<CombinedGrant<G>>;
export async function acquireAll<G extends Grant>(
  acquirers: readonly Acquire<G | undefined>[],
  signal?: AbortSignal,
): Promise<CombinedGrant<G> | undefined>;
export async function acquireAll<G extends Grant>(
  acquirers: readonly Acquire<G | undefined>[],
  signal?: AbortSignal,
): Promise<CombinedGrant<G> | undefined> {
  let won: G[] = [];
  for (;;) {
    const lost = AbortSignal.any(won.map((grant) => grant.signal));
    try {
      const next = await acquirers[won.length]!(AbortSignal.any(signal === undefined ? [lost] : [lost, signal]));
      if (next === undefined) {
        releaseAll(won);
        return undefined;
      }
      won.push(next);
    } catch (error) {
      if (!lost.aborted || signal?.aborted === true) {
        releaseAll(won);
        throw error;
      }
    }
    won = beforeFirstLoss(won);
    if (won.length === acquirers.length) return new CombinedGrant(won);
  }
}

/** Returns the grants before the first lost one; releases those after it, which would be held out of order. */
function beforeFirstLoss<G extends Grant>(won: readonly G[]): G[] {
  const firstLost = won.findIndex(({ signal }) => signal.aborted);
  if (firstLost === -1) return [...won];
  releaseAll(won.slice(firstLost));
  return won.slice(0, firstLost);
}

function releaseAll(grants: readonly Grant[]): void {
  for (const grant of grants.toReversed()) void grant.release();
}
