import type { OnSuspended } from "@conclave/recipes";

/** How a method behaves that a lock or a semaphore guards. */
export interface ExclusiveOptions {
  /**
   * What a call does that is not granted at once.
   *
   * - `wait`: it stands in line, in the order of asking.
   * - `skip`: it does nothing, with the result `undefined`.
   * - `throw`: it throws a `BusyError`, which answers 423 on an HTTP route.
   *
   * Without a connection, nothing is granted.
   * @default "wait"
   */
  readonly otherwise?: "wait" | "skip" | "throw" | undefined;
  /**
   * How long a call stands in line, in milliseconds. Then one that waits throws a `BusyError`, and the others do what
   * {@link otherwise} says.
   * @default no limit with `wait`; else it does not stand in line at all
   */
  readonly timeoutMs?: number | undefined;
  /**
   * For how long it is held at least, in milliseconds, also after the method has ended: so that a job that takes a moment
   * does not run again where a clock is behind. The result is not held back. An app that shuts down gives it back early.
   * @default 0
   */
  readonly atLeastForMs?: number | undefined;
  /**
   * What a lost connection does: see `ConclaveOptions`.
   * @default that of the connection
   */
  readonly onSuspended?: OnSuspended | undefined;
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

/** Options with nothing left open that a call asks for. */
export interface ResolvedExclusiveOptions {
  readonly otherwise: "wait" | "skip" | "throw";
  readonly timeoutMs: number | undefined;
  readonly atLeastForMs: number;
  readonly onSuspended: OnSuspended | undefined;
  readonly connection: string | undefined;
}

/** Checks options and fills in the defaults. Throws a `TypeError` that names the decorator. */
export function resolveExclusiveOptions(decorator: string, options: ExclusiveOptions): ResolvedExclusiveOptions {
  const { otherwise = "wait", timeoutMs, atLeastForMs = 0, onSuspended, connection } = options;
  if (otherwise !== "wait" && otherwise !== "skip" && otherwise !== "throw") {
    throw new TypeError(`${decorator}: otherwise is "wait", "skip" or "throw", not ${JSON.stringify(otherwise)}`);
  }
  if (onSuspended !== undefined && onSuspended !== "revoke" && onSuspended !== "keep") {
    throw new TypeError(`${decorator}: onSuspended is "revoke" or "keep", not ${JSON.stringify(onSuspended)}`);
  }
  for (const [name, ms] of Object.entries({ timeoutMs, atLeastForMs })) {
    if (ms === undefined || ms >= 0) continue;
    throw new TypeError(`${decorator}: ${name} is a number of milliseconds, not ${String(ms)}`);
  }
  return Object.freeze({ otherwise, timeoutMs, atLeastForMs, onSuspended, connection });
}
