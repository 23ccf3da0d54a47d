import { type Clock, type Logger, pause } from "@conclave/runtime";
import { Broadcast } from "../watching/broadcast.js";
import type { HealthCheck } from "./health-check.js";

/** Runs a {@link HealthCheck} periodically until it is closed. The process counts as unhealthy before the first result. */
export class HealthMonitor {
  readonly #health: { readonly [K in keyof HealthCheck]-?: NonNullable<HealthCheck[K]> };
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #changes: Broadcast<boolean>;
  readonly #closing = new AbortController();
  #isHealthy = false;

  /** Throws a `TypeError` for an invalid interval or timeout. */
  constructor(health: HealthCheck, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    const { check, intervalMs = 1_000, timeoutMs = 5_000 } = health;
    if (!(intervalMs >= 0 && timeoutMs > 0)) {
      throw new TypeError(`intervalMs must be 0 or more and timeoutMs above 0, not ${intervalMs} and ${timeoutMs}`);
    }
    this.#health = { check, intervalMs, timeoutMs };
    this.#clock = clock;
    this.#logger = logger;
    this.#changes = new Broadcast(logger);
    void this.#run();
  }

  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** Adds a listener for each change and returns a function that removes it. */
  on(listener: (isHealthy: boolean) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Waits until the process is healthy. Resolves with a signal that aborts when it is no longer healthy or `signal` aborts. */
  async whileHealthy(signal: AbortSignal): Promise<AbortSignal> {
    if (!this.#isHealthy) {
      // The next change is the one to healthy.
      for await (const _ of this.#changes.iterate(signal)) break;
    }
    if (signal.aborted || !this.#isHealthy) return AbortSignal.abort(signal.reason);
    const unhealthy = new AbortController();
    // The next change is the one to unhealthy.
    const off = this.on(() => {
      off();
      unhealthy.abort(new Error("the health check reports that this process is unhealthy"));
    });
    return AbortSignal.any([signal, unhealthy.signal]);
  }

  close(): void {
    this.#closing.abort();
    this.#changes.end();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const isHealthy = await this.#check();
      if (signal.aborted) return;
      if (isHealthy !== this.#isHealthy) {
        this.#isHealthy = isHealthy;
        this.#changes.emit(isHealthy);
      }
      await pause(this.#clock, this.#health.intervalMs, signal);
    }
  }

  #check(): Promise<boolean> {
    const { check, timeoutMs } = this.#health;
    return new Promise((resolve) => {
      const settle = (isHealthy: boolean): void => {
        timer.cancel();
        resolve(isHealthy);
      };
      const timer = this.#clock.setTimer(timeoutMs, () => resolve(false));
      const fail = (error: unknown): void => {
        this.#logger.warn("health check failed", { error });
        settle(false);
      };
      Promise.resolve()
        .then(check)
        .then((result) => settle(result === true), fail);
    });
  }
}
