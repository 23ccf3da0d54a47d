const BRAND = Symbol.for("conclave.AcquireTimeoutError");

/** Nothing was granted within the caller's `timeoutMs`; the waiter has left the queue. */
export class AcquireTimeoutError extends Error {
  override readonly name: string = "AcquireTimeoutError";
  readonly timeoutMs: number;
  readonly [BRAND] = true;

  constructor(what: string, timeoutMs: number) {
    super(`${what} was not granted within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }

  /** Also true for errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
