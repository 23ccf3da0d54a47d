import type { Clock, Timer } from "@conclave/runtime";

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
  /** Nothing was sent for a third of the session timeout: send something. */
  readonly ping: () => void;
  /** Nothing arrived for two thirds of it: the peer is gone. Called once. */
  readonly onSilent: (silentMs: number) => void;
}

/**
 * Keeps one connection alive, and notices when its peer is gone. The shares are those of Java's ClientCnxn: after a
 * ping that nobody answered a third of the session timeout is left to find another server.
 *
 * One timer, set anew only when it fires: noting that bytes went or came costs a clock reading.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #pingAfterMs: number;
  readonly #silentAfterMs: number;
  #sentAtMs: number;
  #heardAtMs: number;
  #timer: Timer | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#pingAfterMs = options.sessionTimeoutMs / 3;
    this.#silentAfterMs = this.#pingAfterMs * 2;
    const now = options.clock.now();
    this.#sentAtMs = now;
    this.#heardAtMs = now;
    this.#schedule(now);
  }

  noteSent(nowMs: number): void {
    this.#sentAtMs = nowMs;
  }

  noteHeard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(now: number): void {
    const next = Math.min(this.#sentAtMs + this.#pingAfterMs, this.#heardAtMs + this.#silentAfterMs);
    this.#timer = this.#options.clock.setTimer(Math.max(1, next - now), () => this.#check());
  }

  #check(): void {
    const now = this.#options.clock.now();
    if (now - this.#heardAtMs >= this.#silentAfterMs) {
      // Where this process was stalled, what proves the peer alive may lie in the socket: read it before judging.
      this.#timer = this.#options.clock.setTimer(0, () => this.#judge());
      return;
    }
    this.#pingIfIdle(now);
    this.#schedule(now);
  }

  #judge(): void {
    const now = this.#options.clock.now();
    const silentMs = now - this.#heardAtMs;
    if (silentMs >= this.#silentAfterMs) {
      this.#timer = undefined;
      this.#options.onSilent(silentMs);
      return;
    }
    this.#pingIfIdle(now);
    this.#schedule(now);
  }

  #pingIfIdle(now: number): void {
    if (now - this.#sentAtMs < this.#pingAfterMs) return;
    // Noted before it is written, so that a ping whose write is delayed is not repeated at once.
    this.#sentAtMs = now;
    this.#options.ping();
  }
}
