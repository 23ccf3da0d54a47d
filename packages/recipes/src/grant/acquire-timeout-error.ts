const BRAND = Symbol.for("conclave.AcquireTimeoutError");

/** Rejection of a wait that was not granted within its `timeoutMs`; the waiter has left the queue. */
export class AcquireTimeoutError extends Error {
  override readonly name: string = "AcquireTimeoutError";
  readonly timeoutMs: number;
  readonly [BRAND] = true;

  constructor(what: string, timeoutMs: number) {
    super(`${what} was not granted within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }

  /** Makes `instanceof` true also for errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
