import { type Clock, type Random, systemClock, systemRandom } from "@conclave/runtime";

/** How often and how fast to try again. */
export interface RetryPolicy {
  /**
   * How many attempts there are, the first among them.
   * @default 10
   */
  readonly attempts?: number | undefined;
  /**
   * The wait before the second attempt, in milliseconds; it doubles with each, and chance takes off up to half of it.
   * (While there is no connection, an attempt waits for one besides.)
   * @default 50
   */
  readonly initialMs?: number | undefined;
  /**
   * The longest wait, in milliseconds.
   * @default 5_000
   */
  readonly maxMs?: number | undefined;
  /** Gives up between two attempts, with `ABORTED`; hand it to the operation too. */
  readonly signal?: AbortSignal | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

/** {@link RetryPolicy} with every default in its place. */
export interface ResolvedRetryPolicy {
  readonly attempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fills in the defaults. Throws a `TypeError` for a number that cannot be. */
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
