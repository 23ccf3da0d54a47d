const BRAND = Symbol.for("conclave.QueueFullError");

/** Rejection of a `put` because the queue holds `maxLength` items; the item was not put. */
export class QueueFullError extends Error {
  override readonly name: string = "QueueFullError";
  readonly [BRAND] = true;

  constructor(queue: string, length: number, maxLength: number) {
    super(`${queue} is full: ${length} of at most ${maxLength} items; let its consumers catch up, or raise maxLength`);
  }

  /** Makes `instanceof` true also for errors of another copy of this package in the same process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
