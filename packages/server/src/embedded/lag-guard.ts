import type { Clock, Logger, Timer } from "@conclave/runtime";
import type { ZooKeeperServer } from "../zookeeper-server.js";

export interface LagGuardOptions {
  readonly server: Pick<ZooKeeperServer, "mode" | "handOver">;
  readonly syncLimitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INTERVAL_MS = 100;

/**
 * Has a leader hand over when its event loop is late: every write of the ensemble waits for it. It is late if timers are late by more
 * than half of a sync limit in total within one sync limit.
 */
export class LagGuard {
  readonly #options: LagGuardOptions;
  #timer: Timer | undefined;
  #dueAt = 0;
  #windowEnd = 0;
  #lateMs = 0;

  constructor(options: LagGuardOptions) {
    this.#options = options;
  }

  start(): void {
    this.#windowEnd = this.#options.clock.now() + this.#options.syncLimitMs;
    this.#next();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    const { clock } = this.#options;
    this.#dueAt = clock.now() + INTERVAL_MS;
    this.#timer = clock.setTimer(INTERVAL_MS, () => {
      this.#observe(clock.now());
      this.#next();
    });
  }

  #observe(now: number): void {
    const { server, syncLimitMs, logger } = this.#options;
    this.#lateMs += Math.max(0, now - this.#dueAt);
    const isLate = this.#lateMs > syncLimitMs / 2;
    if (isLate && server.mode === "leader" && server.handOver(syncLimitMs)) {
      logger.warn("the event loop of the leader is late; handing over the leadership", {
        lateMs: Math.round(this.#lateMs),
      });
    }
    if (!isLate && now < this.#windowEnd) return;
    this.#lateMs = 0;
    this.#windowEnd = now + syncLimitMs;
  }
}
