import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 50;
/** Only a hang takes this long, on a busy machine too. */
const LIMIT_MS = 300_000;

/**
 * Calls `read` until it returns a value, and returns that value. Rejects after five minutes, with `subject` in the message, and
 * when `signal` aborts.
 */
export async function pollUntil<T>(
  subject: string,
  signal: AbortSignal,
  read: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`timed out after ${LIMIT_MS / 1000} s waiting for ${subject}`);
    await wait(POLL_MS);
  }
}
