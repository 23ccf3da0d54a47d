import { fileURLToPath } from "node:url";
import { AppProcess } from "../app-process.js";
import type { Check, Scenario, ScenarioSettings } from "../scenario.js";

/** Sized to take about as long as the other scenarios. */
const SIZE = ["--payouts", "200", "--accounts", "6", "--workers", "3", "--transfer-ms", "150"];

/**
 * Workers of a BullMQ queue make payouts, one at a time per account. The app kills a worker in the middle of a payout itself,
 * and checks its own ledger.
 */
export class PayoutsScenario implements Scenario {
  readonly #app: AppProcess;
  readonly #started: Promise<void>;
  readonly #checks: Promise<readonly Check[]>;

  constructor({ servers, sessionTimeoutMs, timeline }: ScenarioSettings, redisUrl: string) {
    const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/main"));
    let start = (): void => {};
    this.#started = new Promise((resolve) => {
      start = resolve;
    });
    this.#app = new AppProcess("payouts", main, {
      args: [...SIZE, "--servers", servers, "--redis", redisUrl],
      env: { SESSION_TIMEOUT_MS: String(sessionTimeoutMs) },
      onLine: (line) => {
        // The line with the workers and their process ids.
        if (/\(pid \d+\)/.test(line)) start();
        // The checks are printed with those of the other scenarios.
        if (!/^[✓✗]/.test(line)) timeline.event(Date.now(), "payouts", line);
      },
    });
    this.#checks = this.#app.message<{ readonly checks: readonly Check[] }>().then(({ checks }) => checks);
    this.#checks.catch(() => {});
  }

  /** Resolves when the workers have started; the app injects the fault. */
  async run(): Promise<void> {
    await Promise.race([this.#started, this.#checks]);
  }

  /** Resolves when all payouts are made and checked. */
  async recovered(): Promise<void> {
    await this.#checks;
  }

  judge(): Promise<readonly Check[]> {
    return this.#checks;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#app.end("SIGTERM");
  }
}
