import type { OnSuspended } from "@conclave/recipes";

/** Options of a method that runs under a lock or a permit. */
export interface ExclusiveOptions {
  /**
   * Behaviour of a call that is not granted at once.
   *
   * - `wait`: joins the wait queue, first come, first served.
   * - `skip`: the method does not run; the result is `undefined`.
   * - `throw`: rejects with a `BusyError`, which answers 423 on an HTTP route.
   *
   * Without a connection nothing is granted.
   * @default "wait"
   */
  readonly otherwise?: "wait" | "skip" | "throw" | undefined;
  /**
   * Longest wait in the queue, in milliseconds. Then a call with `wait` or `throw` rejects with a `BusyError`, one with
   * `skip` resolves with `undefined`.
   * @default no limit with `wait`; no wait with `skip` and `throw`
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Shortest time for which the grant is held, in milliseconds, also after the method has ended: so a short job does not run
   * again on a machine with a late clock. The result is not delayed. An app that shuts down releases the grant early.
   * @default 0
   */
  readonly atLeastForMs?: number | undefined;
  /**
   * Policy for a lost connection: see `ConclaveOptions`.
   * @default that of the connection
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

/** Options with their defaults filled in. */
export interface ResolvedExclusiveOptions {
  readonly otherwise: "wait" | "skip" | "throw";
  readonly timeoutMs: number | undefined;
  readonly atLeastForMs: number;
  readonly onSuspended: OnSuspended | undefined;
  readonly connection: string | undefined;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that names the decorator and the option. */
export function resolveExclusiveOptions(decorator: string, options: ExclusiveOptions): ResolvedExclusiveOptions {
  const { otherwise = "wait", timeoutMs, atLeastForMs = 0, onSuspended, connection } = options;
  if (otherwise !== "wait" && otherwise !== "skip" && otherwise !== "throw") {
    throw new TypeError(`${decorator}: otherwise must be "wait", "skip" or "throw", not ${JSON.stringify(otherwise)}`);
  }
  if (onSuspended !== undefined && onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`${decorator}: onSuspended must be "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
  }
  for (const [name, ms] of Object.entries({ timeoutMs, atLeastForMs })) {
    if (ms === undefined || ms >= 0) continue;
    throw new TypeError(`${decorator}: ${name} must be a number of milliseconds, 0 or more, not ${String(ms)}`);
  }
  return Object.freeze({ otherwise, timeoutMs, atLeastForMs, onSuspended, connection });
}
