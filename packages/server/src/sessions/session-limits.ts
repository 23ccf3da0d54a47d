/** Limits of the session timeout, in milliseconds. */
export interface TimeoutLimits {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
}

/** Returns the timeout that a server grants to a client that requests `timeoutMs`. */
export function grantedTimeout(timeoutMs: number, { minSessionTimeoutMs, maxSessionTimeoutMs }: TimeoutLimits): number {
  return Math.min(Math.max(timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs);
}
