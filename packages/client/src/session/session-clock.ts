import type { Clock, Timer } from "@conclave/runtime";

/**
 * Expiry clock of a session: fires when the servers may have expired it, and answers at any moment if that moment has
 * passed. SPEC.md says why the deadline counts from the sending of the last *answered* request.
 */
export class SessionClock {
  readonly #clock: Clock;
  readonly #onDeadline: () => void;
  readonly #newestUnansweredMs: () => number;
  #timeoutMs = 0;
  #provenAtMs = 0;
  #timer: Timer | undefined;

  /** `newestUnansweredMs` returns when the newest request without an answer was sent, `-Infinity` for none. */
  constructor(clock: Clock, onDeadline: () => void, newestUnansweredMs: () => number) {
    this.#clock = clock;
    this.#onDeadline = onDeadline;
    this.#newestUnansweredMs = newestUnansweredMs;
  }

  /** The moment, on the given clock, by which the session must have been proven alive again. */
  get deadlineMs(): number {
    return this.#provenAtMs + this.#timeoutMs;
  }

  /** Starts, or continues with another timeout, from a request that was sent at `provenAtMs` and answered. */
  start(timeoutMs: number, provenAtMs: number): void {
    this.stop();
    this.#timeoutMs = timeoutMs;
    this.#provenAtMs = provenAtMs;
    this.#schedule();
  }

  /** Counts the answer to a request that was sent at `sentAtMs`. */
  prove(sentAtMs: number): void {
    this.#provenAtMs = this.#latestProof(sentAtMs);
  }

  /**
   * Returns true once the deadline has passed; with `answeredAtMs`, once it has passed even if the request sent then
   * is answered. False while the clock is stopped.
   */
  isPast(answeredAtMs = -Infinity): boolean {
    return this.#timer !== undefined && this.#clock.now() >= this.#latestProof(answeredAtMs) + this.#timeoutMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A request that was sent after the deadline proves nothing: the session may have expired before it arrived. */
  #latestProof(sentAtMs: number): number {
    return sentAtMs > this.#provenAtMs && sentAtMs < this.deadlineMs ? sentAtMs : this.#provenAtMs;
  }

  #schedule(): void {
    const left = this.deadlineMs - this.#clock.now();
    this.#timer = this.#clock.setTimer(Math.max(0, left), () => this.#check());
  }

  #check(): void {
    if (!this.isPast()) this.#schedule();
    else if (this.isPast(this.#newestUnansweredMs())) this.#onDeadline();
    // After a stall the answer that keeps the session may lie in the socket: read it for one turn, then judge.
    else this.#timer = this.#clock.setTimer(0, () => this.#judge());
  }

  #judge(): void {
    if (this.isPast()) this.#onDeadline();
    else this.#schedule();
  }
}
