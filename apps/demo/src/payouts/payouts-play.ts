import { fileURLToPath } from "node:url";
import { AppProcess } from "../app-process.js";
import type { Check } from "../check.js";
import type { Play, PlaySettings } from "../play.js";

/** As many as take about as long as the other plays. */
const SIZE = ["--payouts", "200", "--accounts", "6", "--workers", "3", "--transfer-ms", "150"];

/**
 * Workers of a BullMQ queue pay out, never two at once for one account. One is killed in the middle of a payout; the app
 * judges itself, from its ledger.
 */
export class PayoutsPlay implements Play {
  readonly #app: AppProcess;
  readonly #working: Promise<void>;
  readonly #checks: Promise<readonly Check[]>;

  constructor({ servers, timeline }: PlaySettings, redisUrl: string) {
    const main = fileURLToPath(import.meta.resolve("@conclave/bullmq-payouts/main"));
    let works = (): void => {};
    this.#working = new Promise((resolve) => {
      works = resolve;
    });
    this.#app = new AppProcess(main, [...SIZE, "--servers", servers, "--redis", redisUrl], {}, (line) => {
      if (/ pay out$/.test(line)) works();
      // Its verdict comes with ours.
      if (!/^[✓✗]/.test(line)) timeline.event(Date.now(), "payouts", line);
    });
    this.#checks = this.#app.message<{ readonly checks: readonly Check[] }>().then(({ checks }) => checks);
    this.#checks.catch(() => {});
  }

  /** It does to itself what is to be done: this waits for no more than that it works. */
  async run(): Promise<void> {
    await Promise.race([this.#working, this.#checks]);
  }

  /** All is paid, and judged. */
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
