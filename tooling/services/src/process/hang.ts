/**
 * Bound of a wait for a service or a command, in milliseconds: large enough that only a hang reaches it, on a busy machine too.
 */
export const HANG_MS = 120_000;
