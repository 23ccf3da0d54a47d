import type { Draft, InvoiceRun } from "../store/invoice-store.js";
import type { FaultKind } from "./fault-plan.js";

/** A fault that was injected. Times are in milliseconds since 1970. */
export interface Outage {
  readonly kind: FaultKind;
  readonly replica: number;
  readonly at: number;
  /** Time from which on the other replicas followed a leader. */
  readonly ledAt: number;
  /** True if the replica was paused in the middle of an invoice run. */
  readonly isInRun: boolean;
}

/** Record of a run of the service under faults. */
export interface ChaosRecord {
  /** All invoice runs, in the order in which they were written. */
  readonly runs: readonly InvoiceRun[];
  readonly drafts: readonly Draft[];
  readonly outages: readonly Outage[];
  /** Number of writes under an old token, which the store refused. */
  readonly refusals: number;
  /** Number of orders that the service has acknowledged. */
  readonly acknowledged: number;
  /** Numbers of orders in the store that a run has closed, and of others. */
  readonly closed: number;
  readonly open: number;
  readonly periodMs: number;
  readonly sessionTimeoutMs: number;
  /** Time for elections and the next run, beyond the session timeout and the detection of a paused leader. */
  readonly slackMs: number;
  /** Ids of all replicas, and of those that were ready voters at the end, as each of them saw it. */
  readonly replicas: readonly number[];
  readonly readyVoters: readonly (readonly number[])[];
}
