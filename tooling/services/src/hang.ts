/**
 * Bound of a wait for a service or a command, in milliseconds. Only a hang reaches it: a busy machine makes a start slow, and
 * must not make it fail.
 */
export const HANG_MS = 120_000;
