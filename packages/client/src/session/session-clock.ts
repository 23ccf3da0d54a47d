import type { Clock, Timer } from "@conclave/runtime";

/**
 * Expiry clock of a session. It fires when the servers may have expired the session, and {@link isPast} compares it at
 * any time. SPEC.md explains why the deadline counts from the sending of the last *answered* request.
 */
export class SessionClock {
  readonly #clock: Clock;
  readonly #onDeadline: () => void;
  readonly #newestUnansweredMs: () => number;
  #timeoutMs = 0;
  #provenAtMs = 0;
  #timer: Timer | undefined;

  /** `newestUnansweredMs` returns the send time of the newest unanswered request, or `-Infinity`. */
  constructor(clock: Clock, onDeadline: () => void, newestUnansweredMs: () => number) {
    this.#clock = clock;
    this.#onDeadline = onDeadline;
    this.#newestUnansweredMs = newestUnansweredMs;
  }

  /** Time, on the given clock, by which an answer must prove the session alive. */
  get deadlineMs(): number {
    return this.#provenAtMs + this.#timeoutMs;
  }

  /** Starts the clock, or restarts it with another timeout, from an answered request that was sent at `provenAtMs`. */
  start(timeoutMs: number, provenAtMs: number): void {
    this.stop();
    this.#timeoutMs = timeoutMs;
    this.#provenAtMs = provenAtMs;
    this.#schedule();
  }

  /** Notes the answer to a request that was sent at `sentAtMs`. */
  prove(sentAtMs: number): void {
    this.#provenAtMs = this.#latestProof(sentAtMs);
  }

  /**
   * Returns true once the deadline has passed; with `answeredAtMs`, once it has passed even with an answer to the
   * request that was sent at that time. Returns false while the clock is stopped.
   */
  isPast(answeredAtMs = this.#provenAtMs): boolean {
    return this.#timer !== undefined && this.#clock.now() >= this.#latestProof(answeredAtMs) + this.#timeoutMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A request that was sent after the deadline proves nothing: the session may have expired before it arrived. */
  #latestProof(sentAtMs: number): number {
    return sentAtMs < this.deadlineMs ? Math.max(sentAtMs, this.#provenAtMs) : this.#provenAtMs;
  }

  #schedule(): void {
    const left = this.deadlineMs - this.#clock.now();
    this.#timer = this.#clock.setTimer(Math.max(0, left), () => this.#check());
  }

  #check(): void {
    if (this.isPast(this.#newestUnansweredMs())) this.#onDeadline();
    // After a stall the answer that proves the session alive may wait in the socket: read it for one turn, then judge.
    else this.#timer = this.#clock.setTimer(0, () => this.#judge());
  }

  #judge(): void {
    if (this.isPast()) this.#onDeadline();
    else this.#schedule();
  }
}
