import type { Clock, Random } from "@conclave/runtime";

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
