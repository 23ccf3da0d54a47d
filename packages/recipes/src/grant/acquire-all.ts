import { CombinedGrant } from "./combined-grant.js";
import type { Grant } from "./grant.js";

/** Acquires one of several grants. Rejects, and leaves its queue, when the signal aborts. */
export type Acquire<G> = (signal: AbortSignal) => Promise<G>;

/**
 * Acquires grants one after the other, all or none. A grant that is lost while a later one is pending is acquired again,
 * with all after it. Rejects with the first error and when `signal` aborts; resolves with `undefined` if one of `acquirers`
 * does. In these cases the grants acquired so far are released in the background. SPEC.md has the events and the invariants.
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
  let acquired: G[] = [];
  for (;;) {
    const lost = AbortSignal.any(acquired.map((grant) => grant.signal));
    try {
      const next = await acquirers[acquired.length]!(AbortSignal.any(signal === undefined ? [lost] : [lost, signal]));
      if (next === undefined) {
        releaseAll(acquired);
        return undefined;
      }
      acquired.push(next);
    } catch (error) {
      if (!lost.aborted || signal?.aborted === true) {
        releaseAll(acquired);
        throw error;
      }
    }
    acquired = beforeFirstLoss(acquired);
    if (acquired.length === acquirers.length) return new CombinedGrant(acquired);
  }
}

/** Returns the grants before the first lost one; releases those after it, which would be held out of order. */
function beforeFirstLoss<G extends Grant>(acquired: readonly G[]): G[] {
  const firstLost = acquired.findIndex(({ signal }) => signal.aborted);
  if (firstLost === -1) return [...acquired];
  releaseAll(acquired.slice(firstLost));
  return acquired.slice(0, firstLost);
}

function releaseAll(grants: readonly Grant[]): void {
  for (const grant of grants.toReversed()) void grant.release();
}
