import { inspect } from "node:util";
import { type Clock, pause, systemClock } from "@conclave/runtime";

/** Default timeout of waits, in milliseconds: only a hang reaches it. */
export const WAIT_LIMIT_MS = 60_000;

/** Deadline and description of a wait. */
export interface WaitOptions {
  /**
   * Timeout in milliseconds. Only a hang reaches the default: a busy machine makes a test slow and must not make it fail.
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined;
  /** Description of the awaited condition, for the error message. */
  readonly what?: string | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

/** Options of {@link eventually}: a deadline and the condition to poll for. */
export interface EventuallyOptions<T> extends WaitOptions {
  /**
   * Returns true when the value fulfils the condition.
   * @default true for every value except `false`, `null` and `undefined`
   */
  readonly until?: ((value: T) => boolean) | undefined;
  /**
   * Pause between two polls, in milliseconds.
   * @default 20
   */
  readonly intervalMs?: number | undefined;
}

/**
 * Polls `read` until its result fulfils the condition, and resolves with that result. A `read` that throws is retried.
 * Rejects at the deadline with an error that contains the last result; a `read` in progress may finish after the
 * deadline.
 */
export async function eventually<T>(read: () => T | Promise<T>, options: EventuallyOptions<T> = {}): Promise<T> {
  const { timeoutMs = WAIT_LIMIT_MS, intervalMs = 20, clock = systemClock, until = isSomething } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const result = await attempt(read);
    if (result.ok && until(result.value)) return result.value;
    if (clock.now() >= deadline) {
      const last = result.ok
        ? `last value: ${inspect(result.value)}`
        : `the last attempt failed: ${inspect(result.error)}`;
      const what = options.what ?? "the condition";
      throw new Error(
        `timed out after ${timeoutMs} ms waiting for ${what}; ${last}`,
        result.ok ? {} : { cause: result.error },
      );
    }
    await pause(clock, intervalMs);
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function attempt<T>(read: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    return { ok: false, error };
  }
}

function isSomething(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}
