import type { Report, ReportStore } from "@conclave/nest-reports/report-store";
import type { Timeline } from "../timeline.js";
import { until, type WaitLimits } from "../until.js";

/** Watches the services' shared store, tells what is new on the timeline, and waits for what is to come. */
export class Follower {
  readonly #store: ReportStore;
  readonly #timeline: Timeline;
  #reports = 0;
  #terms = 0;
  #refusals = 0;

  constructor(store: ReportStore, timeline: Timeline) {
    this.#store = store;
    this.#timeline = timeline;
  }

  /** Tells what came since the last time. */
  tell(): void {
    const terms = this.#store.terms();
    for (const { at, instance, token } of terms.slice(this.#terms)) {
      this.#timeline.event(at, instance, `★ elected, token ${token}`);
    }
    this.#terms = terms.length;
    const reports = this.#store.reports();
    for (const { at, instance, period, token } of reports.slice(this.#reports)) {
      this.#timeline.event(at, instance, `report ${shortPeriod(period, reports)}, token ${token}`);
    }
    this.#reports = reports.length;
    const refusals = this.#store.refusals();
    for (const { at, instance, token } of refusals.slice(this.#refusals)) {
      this.#timeline.event(at, instance, `✗ refused: token ${token} is old`);
    }
    this.#refusals = refusals.length;
  }

  /** Tells on until `condition` gives a value; rejects after `limitMs` with what was waited for, or when aborted. */
  until<T>(what: string, limits: WaitLimits, condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
    return until(what, limits, () => {
      this.tell();
      return condition();
    });
  }

  /** Tells on until an instance other than `former` leads and has made `count` reports; returns its name. */
  untilReports(former: string | undefined, count: number, limits: WaitLimits): Promise<string> {
    const what = former === undefined ? `${count} reports` : `${count} reports by the successor of ${former}`;
    return this.until(what, limits, () => {
      const reports = this.#store.reports();
      const last = reports.at(-1);
      if (last === undefined || last.instance === former) return undefined;
      return reports.filter(({ token }) => token === last.token).length >= count ? last.instance : undefined;
    });
  }
}

/** Periods are seconds since 1970: people read the count since the first better. */
function shortPeriod(period: number, reports: readonly Report[]): number {
  return period - (reports[0]?.period ?? period) + 1;
}
