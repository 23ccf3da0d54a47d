import { currentGrant, LeaderOnly, type Leadership, OnElected, OnRevoked } from "@conclave/nestjs";
import { Inject, Injectable, Logger } from "@nestjs/common";
import { Cron, CronExpression } from "@nestjs/schedule";
import { ReportStore } from "./report-store.js";
import { SETTINGS } from "./reports.constants.js";
import type { Settings } from "./settings.js";

const PERIOD_MS = 1000;

/**
 * Makes a report of every second, on the one instance that leads "reports". A new leader makes the reports that the last
 * one left out.
 */
@Injectable()
export class ReportsService {
  readonly #logger = new Logger("Reports");

  constructor(
    private readonly store: ReportStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Cron(CronExpression.EVERY_SECOND)
  @LeaderOnly("reports")
  makeReports(): void {
    const { fencingToken: token, signal } = currentGrant();
    const { instance } = this.settings;
    const lastComplete = Math.floor(Date.now() / PERIOD_MS) - 1;
    for (let period = (this.store.lastPeriod() ?? lastComplete - 1) + 1; period <= lastComplete; period++) {
      signal.throwIfAborted();
      this.store.record({ period, token, instance, at: Date.now() });
      this.#logger.log(`made the report of period ${period} with token ${token}`);
    }
  }

  @OnElected("reports")
  onElected({ fencingToken: token }: Leadership): void {
    this.#logger.log(`elected, token ${token}`);
    this.store.recordTerm({ token, instance: this.settings.instance, at: Date.now() });
    this.makeReports();
  }

  @OnRevoked("reports")
  onRevoked(): void {
    this.#logger.log("no longer the leader");
  }
}
