import type { Report, ReportStore } from "@conclave/nest-reports/report-store";
import { pollUntil } from "../poll-until.js";
import type { Timeline } from "../timeline.js";

/** Reads the store of the services again and again, and writes its new records to the timeline. */
export class StoreMonitor {
  readonly #store: ReportStore;
  readonly #timeline: Timeline;
  readonly #signal: AbortSignal;
  #reports = 0;
  #terms = 0;
  #refusals = 0;

  /** Waits of the monitor end when `signal` aborts. */
  constructor(store: ReportStore, timeline: Timeline, signal: AbortSignal) {
    this.#store = store;
    this.#timeline = timeline;
    this.#signal = signal;
  }

  /** Writes the records since the last call to the timeline. */
  logNewRecords(): void {
    const terms = this.#store.terms();
    for (const { at, instance, token } of terms.slice(this.#terms)) {
      this.#timeline.event(at, instance, `★ elected, token ${token}`);
    }
    this.#terms = terms.length;
    const reports = this.#store.reports();
    for (const { at, instance, period, token } of reports.slice(this.#reports)) {
      this.#timeline.event(at, instance, `report ${numberOf(period, reports)}, token ${token}`);
    }
    this.#reports = reports.length;
    const refusals = this.#store.refusals();
    for (const { at, instance, token } of refusals.slice(this.#refusals)) {
      this.#timeline.event(at, instance, `✗ write refused: token ${token} is old`);
    }
    this.#refusals = refusals.length;
  }

  /** Logs new records until `read` returns a value, and returns that value. Rejects as {@link pollUntil} does. */
  until<T>(subject: string, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
    return pollUntil(subject, this.#signal, () => {
      this.logNewRecords();
      return read();
    });
  }

  /**
   * Logs new records until an instance other than `former` has made the last `count` reports, under one token or, after another
   * election, under several. Returns its name.
   */
  untilReports(former: string | undefined, count: number): Promise<string> {
    const subject = former === undefined ? `${count} reports` : `${count} reports by the successor of ${former}`;
    return this.until(subject, () => {
      const reports = this.#store.reports();
      const last = reports.at(-1);
      if (last === undefined || last.instance === former) return undefined;
      const others = reports.findLastIndex(({ instance }) => instance !== last.instance);
      return reports.length - 1 - others >= count ? last.instance : undefined;
    });
  }
}

/** Returns the number of a period, from 1; periods themselves are seconds since 1970. */
function numberOf(period: number, reports: readonly Report[]): number {
  return period - (reports[0]?.period ?? period) + 1;
}
