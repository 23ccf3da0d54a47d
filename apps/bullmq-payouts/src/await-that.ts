import { setTimeout as delay } from "node:timers/promises";

/** Time without progress after which a wait fails. */
const STALL_LIMIT_MS = 90_000;
const INTERVAL_MS = 20;

/** Settings of a wait. */
export interface AwaitOptions {
  /** Ends the wait, with its reason. */
  readonly signal: AbortSignal;
  /** Returns a number that changes as long as the run makes progress. */
  readonly progress: () => number;
  /** Returns the state of the run, for the error. */
  readonly describe: () => Promise<string>;
}

/**
 * Resolves when `isSo` returns true. Rejects with the reason of `signal` when it aborts, and with an error that contains the
 * state of the run when there was no progress for 90 seconds. A slow machine alone does not end it.
 */
export async function awaitThat(
  condition: string,
  isSo: () => Promise<boolean> | boolean,
  { signal, progress, describe }: AwaitOptions,
): Promise<void> {
  let last = progress();
  let deadline = performance.now() + STALL_LIMIT_MS;
  while (!(await isSo())) {
    signal.throwIfAborted();
    const now = progress();
    if (now !== last) deadline = performance.now() + STALL_LIMIT_MS;
    last = now;
    if (performance.now() > deadline) {
      throw new Error(`${condition} did not come: no progress for ${STALL_LIMIT_MS} ms; ${await describe()}`);
    }
    await delay(INTERVAL_MS);
  }
}
