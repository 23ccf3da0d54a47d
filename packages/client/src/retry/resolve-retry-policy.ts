import { type Clock, type Random, systemClock, systemRandom } from "@conclave/runtime";
import type { RetryPolicy } from "../api/retry-policy.js";

/** {@link RetryPolicy} with all defaults filled in. */
export interface ResolvedRetryPolicy {
  readonly attempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fills in the defaults. Throws a `TypeError` for an invalid number. */
export function resolveRetryPolicy(policy: RetryPolicy): ResolvedRetryPolicy {
  const initialMs = atLeast("initialMs", policy.initialMs ?? 50, 0);
  return {
    attempts: atLeast("attempts", policy.attempts ?? 10, 1),
    initialMs,
    maxMs: Math.max(initialMs, atLeast("maxMs", policy.maxMs ?? 5_000, 0)),
    signal: policy.signal,
    clock: policy.clock ?? systemClock,
    random: policy.random ?? systemRandom,
  };
}

function atLeast(name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw new TypeError(`retry: ${name} must be ${least} or more, not ${String(value)}`);
}
