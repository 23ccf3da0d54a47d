import type { Clock, Timer } from "@conclave/runtime";

/**
 * The expiry clock of a session: fires when the servers may have expired it. SPEC.md says why the deadline counts from
 * the moment when the last *answered* request was sent.
 */
export class SessionClock {
  readonly #clock: Clock;
  readonly #onDeadline: () => void;
  #timeoutMs = 0;
  #provenAtMs = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, onDeadline: () => void) {
    this.#clock = clock;
    this.#onDeadline = onDeadline;
  }

  /** By when, on the clock given, the session must have been proven alive again. */
  get deadlineMs(): number {
    return this.#provenAtMs + this.#timeoutMs;
  }

  /** Starts, or goes on with another timeout, from a request that was sent at `provenAtMs` and answered. */
  start(timeoutMs: number, provenAtMs: number): void {
    this.stop();
    this.#timeoutMs = timeoutMs;
    this.#provenAtMs = provenAtMs;
    this.#schedule();
  }

  /** A request that was sent at `sentAtMs` has been answered. */
  prove(sentAtMs: number): void {
    if (sentAtMs > this.#provenAtMs) this.#provenAtMs = sentAtMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    const left = this.deadlineMs - this.#clock.now();
    this.#timer = this.#clock.setTimer(Math.max(0, left), () => {
      // Where this process was stalled, an answer may lie in the socket: one turn to read it, then judge.
      if (this.#isPast()) this.#timer = this.#clock.setTimer(0, () => this.#judge());
      else this.#schedule();
    });
  }

  #judge(): void {
    if (!this.#isPast()) {
      this.#schedule();
      return;
    }
    this.#timer = undefined;
    this.#onDeadline();
  }

  #isPast(): boolean {
    return this.#clock.now() >= this.deadlineMs;
  }
}
