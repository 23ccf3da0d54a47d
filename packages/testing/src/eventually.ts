import { inspect } from "node:util";
import { type Clock, systemClock } from "@conclave/runtime";

/** Bound of a wait that names none, in milliseconds. */
export const WAIT_LIMIT_MS = 60_000;

/** Deadline and description of a wait. */
export interface WaitOptions {
  /**
   * When to give up, in milliseconds. The default is a bound that only a hang reaches: a busy machine makes a test slow,
   * and must not make it fail.
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
   * @default anything but `false`, `null` and `undefined`
   */
  readonly until?: ((value: T) => boolean) | undefined;
  /**
   * The pause between two looks, in milliseconds.
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
    const look = await attempt(read);
    if (look.ok && until(look.value)) return look.value;
    if (clock.now() >= deadline) {
      const seen = look.ok ? `last seen: ${inspect(look.value)}` : `the last look failed: ${inspect(look.error)}`;
      const what = options.what ?? "what was waited for";
      throw new Error(`${what} did not come within ${timeoutMs} ms; ${seen}`, look.ok ? {} : { cause: look.error });
    }
    await new Promise<void>((resolve) => clock.setTimer(intervalMs, resolve));
  }
}

type Look<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function attempt<T>(read: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    return { ok: false, error };
  }
}

function isSomething(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}
