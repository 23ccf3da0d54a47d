import { setTimeout as pause } from "node:timers/promises";
import { Grant, Locked } from "@conclave/nestjs";
import { Inject, Injectable } from "@nestjs/common";
import { ReportStore } from "./report-store.js";
import { SETTINGS } from "./reports.constants.js";
import type { Settings } from "./settings.js";
import { type Summary, SummaryStore } from "./summary-store.js";

/** Makes a summary of all reports on any instance, one at a time across instances. */
@Injectable()
export class SummaryService {
  constructor(
    private readonly reports: ReportStore,
    private readonly summaries: SummaryStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Locked("summary", { otherwise: "throw" })
  async make(@Grant() grant?: Grant): Promise<Summary> {
    const { signal, fencingToken: token } = grant!;
    // Long enough for a second request to arrive, and no longer than the lock is held.
    await pause(this.settings.summaryMs, undefined, { signal });
    const summary = { reports: this.reports.reports().length, token, instance: this.settings.instance };
    this.summaries.record(summary);
    return summary;
  }

  read(): Summary {
    return this.summaries.read();
  }
}
