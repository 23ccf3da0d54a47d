import type { Clock, Timer } from "@conclave/runtime";

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
  /** Called when nothing was sent for a third of the session timeout; must send a ping. */
  readonly ping: () => void;
  /** Called once, when no frame arrived for two thirds of the session timeout. */
  readonly onSilent: (silentMs: number) => void;
}

/**
 * Keeps one connection alive and detects a dead peer. The fractions are those of Java's ClientCnxn: when a ping stays
 * unanswered, a third of the session timeout is left to find another server. The connection notes whole frames, and large
 * parts of one: a reply that does not end, as of a malformed length, costs its connection in time to keep the session.
 *
 * There is one timer, which is set again only when it fires, so that noting sent and received bytes costs one clock
 * reading.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #pingAfterMs: number;
  readonly #silentAfterMs: number;
  #sentAtMs: number;
  #receivedAtMs: number;
  #timer: Timer | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#pingAfterMs = options.sessionTimeoutMs / 3;
    this.#silentAfterMs = this.#pingAfterMs * 2;
    const now = options.clock.now();
    this.#sentAtMs = now;
    this.#receivedAtMs = now;
    this.#schedule(now);
  }

  noteSent(nowMs: number): void {
    this.#sentAtMs = nowMs;
  }

  noteReceived(nowMs: number): void {
    this.#receivedAtMs = nowMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(now: number): void {
    const next = Math.min(this.#sentAtMs + this.#pingAfterMs, this.#receivedAtMs + this.#silentAfterMs);
    this.#timer = this.#options.clock.setTimer(Math.max(1, next - now), () => this.#check());
  }

  #check(): void {
    const now = this.#options.clock.now();
    if (now - this.#receivedAtMs >= this.#silentAfterMs) {
      // After a stall of this process the bytes that show that the peer is alive may wait in the socket: read them
      // before judging.
      this.#timer = this.#options.clock.setTimer(0, () => this.#judge());
      return;
    }
    this.#pingIfIdle(now);
    this.#schedule(now);
  }

  #judge(): void {
    const now = this.#options.clock.now();
    const silentMs = now - this.#receivedAtMs;
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
    // Set before the ping is written, so that a delayed write does not cause a second ping.
    this.#sentAtMs = now;
    this.#options.ping();
  }
}
