import type { Report, Term } from "@conclave/nest-reports/report-store";

/** A leader was taken out. */
export interface Outage {
  readonly instance: string;
  readonly how: "killed" | "paused";
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What is known of a run of the demo when it is over: what the services recorded, and what was done to them. */
export interface Facts {
  readonly reports: readonly Report[];
  readonly terms: readonly Term[];
  readonly refusals: readonly Report[];
  /** What was done to leaders without asking them, in its order. */
  readonly outages: readonly Outage[];
  /** The session timeout that the ensemble granted. */
  readonly sessionTimeoutMs: number;
}
