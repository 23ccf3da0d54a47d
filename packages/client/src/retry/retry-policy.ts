import { type Clock, type Random, systemClock, systemRandom } from "@conclave/runtime";

/** Number of attempts and delays between them. */
export interface RetryPolicy {
  /**
   * Number of attempts, including the first.
   * @default 10
   */
  readonly attempts?: number | undefined;
  /**
   * Delay before the second attempt, in milliseconds. It doubles with each attempt, minus a random part of up to one
   * half. (Without a connection, an attempt also waits for one.)
   * @default 50
   */
  readonly initialMs?: number | undefined;
  /**
   * Longest delay, in milliseconds.
   * @default 5_000
   */
  readonly maxMs?: number | undefined;
  /** Stops between two attempts, with `ABORTED`. Pass it to the operation too. */
  readonly signal?: AbortSignal | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default systemRandom */
  readonly random?: Random | undefined;
}

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
