import type { Report, Term } from "@conclave/nest-reports/report-store";

/** What is known of a run of the demo when it is over: what the services recorded, and what was done to them. */
export interface Facts {
  readonly reports: readonly Report[];
  readonly terms: readonly Term[];
  readonly refusals: readonly Report[];
  /** The leader that was killed, and when, in milliseconds since 1970. */
  readonly kill: { readonly instance: string; readonly at: number };
  /** The session timeout that the ensemble granted. */
  readonly sessionTimeoutMs: number;
}
