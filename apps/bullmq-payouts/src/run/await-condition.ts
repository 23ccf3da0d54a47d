import { setTimeout as delay } from "node:timers/promises";

/** Time without progress in milliseconds after which a wait fails. */
const STALL_LIMIT_MS = 90_000;
const INTERVAL_MS = 20;

/** Options of {@link awaitCondition}. */
export interface AwaitOptions {
  /** Ends the wait, with its reason. */
  readonly signal: AbortSignal;
  /** Returns a number that changes as long as the run makes progress. */
  readonly progress: () => number;
  /** Returns the state of the run, for the error. */
  readonly describe: () => Promise<string>;
}

/**
 * Resolves when `isTrue` returns true. Rejects with the reason of `signal` when it aborts, and with an error that contains the
 * state of the run when there was no progress for 90 seconds. A slow machine alone does not end it.
 */
export async function awaitCondition(
  condition: string,
  isTrue: () => Promise<boolean> | boolean,
  { signal, progress, describe }: AwaitOptions,
): Promise<void> {
  let last = progress();
  let deadline = performance.now() + STALL_LIMIT_MS;
  while (!(await isTrue())) {
    signal.throwIfAborted();
    const now = progress();
    if (now !== last) deadline = performance.now() + STALL_LIMIT_MS;
    last = now;
    if (performance.now() > deadline) {
      throw new Error(`waiting for ${condition}: no progress for ${STALL_LIMIT_MS} ms; ${await describe()}`);
    }
    await delay(INTERVAL_MS);
  }
}
