import { HttpException } from "@nestjs/common";

const LOCKED = 423;

/**
 * A guarded method was not granted what it needs: at once, or in the time that its decorator gives. It did not run. On an
 * HTTP route it answers 423.
 */
export class BusyError extends HttpException {
  /** The names of the locks, or of the semaphore. */
  readonly names: readonly string[];

  /** `why`: as it goes on behind `what` in the message. */
  constructor(what: string, names: readonly string[], why: string) {
    super(`${what} ${why}`, LOCKED);
    this.names = names;
  }
}
