import { setTimeout as wait } from "node:timers/promises";
import { currentGrant, LeaderOnly, type Leadership, OnElected, OnRevoked } from "@conclave/nestjs";
import { Inject, Injectable, Logger } from "@nestjs/common";
import { Interval } from "@nestjs/schedule";
import { InvoiceStore, StaleTokenError, type Term } from "../store/invoice-store.js";
import { ELECTION, SETTINGS } from "./invoices.constants.js";
import type { Settings } from "./settings.js";

const CHECK_INTERVAL_MS = 250;
/** Time to render the invoices of a run. The sample has none to render, and waits. */
const RENDER_MS = 150;
/** Periods that one call closes at most, after a time without a leader; the next calls close the others. */
const MOST_PERIODS = 100;

/** Closes the orders of each period that has ended, on the one replica that leads. A new leader also closes those that the last one left open. */
@Injectable()
export class InvoicesService {
  readonly #logger = new Logger("Invoices");
  #isRunning = false;

  constructor(
    private readonly store: InvoiceStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Interval(CHECK_INTERVAL_MS)
  @LeaderOnly(ELECTION)
  async closePeriods(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#closePeriods({ token: currentGrant().fencingToken, replica: this.settings.ensemble.id });
    } catch (error) {
      if (!(error instanceof StaleTokenError)) throw error;
      this.#logger.warn(`refused: ${error.message}`);
    } finally {
      this.#isRunning = false;
    }
  }

  async #closePeriods(term: Term): Promise<void> {
    const { periodMs } = this.settings;
    const lastEnded = Math.floor(Date.now() / periodMs) - 1;
    const first = this.store.beginRun(term, lastEnded);
    if (first === undefined) return;
    await wait(RENDER_MS);
    // This process may have been paused, and replaced, at any instruction up to here. No check before the write would be safe:
    // the store compares the token within the write.
    for (let period = first; period <= Math.min(lastEnded, first + MOST_PERIODS); period++) {
      const { orders, cents } = this.store.closePeriod(term, period, (period + 1) * periodMs);
      if (orders > 0)
        this.#logger.log(`period ${period}: ${orders} orders, ${cents / 100} €, under token ${term.token}`);
    }
  }

  @OnElected(ELECTION)
  onElected({ fencingToken }: Leadership): void {
    this.#logger.log(`replica ${this.settings.ensemble.id} makes the invoice runs, under token ${fencingToken}`);
  }

  @OnRevoked(ELECTION)
  onRevoked(): void {
    this.#logger.log(`replica ${this.settings.ensemble.id} makes no invoice runs any more`);
  }
}
