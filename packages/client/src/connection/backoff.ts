import type { Random } from "@conclave/runtime";

/** How long to wait once every server has been tried in vain. */
export interface BackoffOptions {
  /**
   * Before the second round, in milliseconds; each further round waits twice as long.
   * @default 100
   */
  readonly initialMs?: number | undefined;
  /**
   * The longest wait, in milliseconds. While a session may still be alive the wait is at most a tenth of its timeout.
   * @default 5_000
   */
  readonly maxMs?: number | undefined;
}

/**
 * The wait after `rounds` (1, 2, …) rounds in vain: doubled each time up to `maxMs`, and chance takes off up to half of
 * it, so that clients that lost one server together do not come back together.
 */
export function backoffDelayMs(backoff: { initialMs: number; maxMs: number }, rounds: number, random: Random): number {
  const full = Math.min(backoff.maxMs, backoff.initialMs * 2 ** (rounds - 1));
  return full * (1 - random.float() / 2);
}
