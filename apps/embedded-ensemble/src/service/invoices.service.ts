import { currentGrant, LeaderOnly, type Leadership, OnElected, OnRevoked } from "@conclave/nestjs";
import { Inject, Injectable, Logger } from "@nestjs/common";
import { Interval } from "@nestjs/schedule";
import { InvoiceStore } from "../store/invoice-store.js";
import { ELECTION, SETTINGS } from "./invoices.constants.js";
import type { Settings } from "./settings.js";

const CHECK_INTERVAL_MS = 250;
/** Periods that one call closes at most, after a time without a leader; the next calls close the others. */
const MOST_PERIODS = 100;

/** Closes the orders of each period that has ended, on the one replica that leads. A new leader closes what the last one left. */
@Injectable()
export class InvoicesService {
  readonly #logger = new Logger("Invoices");

  constructor(
    private readonly store: InvoiceStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Interval(CHECK_INTERVAL_MS)
  @LeaderOnly(ELECTION)
  closePeriods(): void {
    const { fencingToken: token, signal } = currentGrant();
    signal.throwIfAborted();
    const { periodMs, ensemble } = this.settings;
    const term = { token, replica: ensemble.id };
    const lastEnded = Math.floor(Date.now() / periodMs) - 1;
    // First raises the fence, then reads: an earlier leader cannot add a run in between.
    const next = (this.store.beginTerm(term) ?? lastEnded - 1) + 1;
    for (let period = next; period <= Math.min(lastEnded, next + MOST_PERIODS); period++) {
      const { orders, cents } = this.store.closePeriod(term, period, (period + 1) * periodMs);
      if (orders > 0) this.#logger.log(`period ${period}: ${orders} orders, ${cents / 100} €, under token ${token}`);
    }
  }

  @OnElected(ELECTION)
  onElected({ fencingToken }: Leadership): void {
    this.#logger.log(`replica ${this.settings.ensemble.id} makes the invoice runs, under token ${fencingToken}`);
    this.closePeriods();
  }

  @OnRevoked(ELECTION)
  onRevoked(): void {
    this.#logger.log(`replica ${this.settings.ensemble.id} makes no invoice runs any more`);
  }
}
