import type { Random } from "@conclave/runtime";

/** Delays between rounds of failed attempts; one round tries every server. */
export interface BackoffOptions {
  /**
   * Delay before the second round, in milliseconds. It doubles with each further round.
   * @default 100
   */
  readonly initialMs?: number | undefined;
  /**
   * Longest delay, in milliseconds. While the session may still be alive, the delay is also limited to a tenth of its
   * timeout.
   * @default 5_000
   */
  readonly maxMs?: number | undefined;
}

/**
 * Returns the delay after `rounds` (1, 2, …) failed rounds: it doubles with each round up to `maxMs`, minus a random
 * part of up to one half, so that clients that lost the same server do not return at the same moment.
 */
export function backoffDelayMs(backoff: { initialMs: number; maxMs: number }, rounds: number, random: Random): number {
  const full = Math.min(backoff.maxMs, backoff.initialMs * 2 ** (rounds - 1));
  return full * (1 - random.float() / 2);
}
