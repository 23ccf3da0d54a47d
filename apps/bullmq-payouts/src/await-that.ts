import { setTimeout as delay } from "node:timers/promises";

/** Longer than anything takes that comes at all. */
const LIMIT_MS = 90_000;
const EVERY_MS = 20;

/**
 * Resolves when `isSo`. Rejects when `signal` aborts, with its reason, and when it takes longer than anything should, with
 * what `describe` says of the state of things.
 */
export async function awaitThat(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  signal: AbortSignal,
  describe: () => Promise<string>,
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`${what} did not come in ${LIMIT_MS} ms; ${await describe()}`);
    await delay(EVERY_MS);
  }
}
