/** Severity of a finding. `unknown`: the servers do not permit to look. */
export type Level = "good" | "warning" | "problem" | "unknown";

/** Result of one check, about the ensemble or one of its servers. */
export interface Finding {
  readonly level: Level;
  /** Name of the check. */
  readonly check: string;
  /** Name of the server; undefined for the whole ensemble. */
  readonly server?: string | undefined;
  /** Cause and remedy. */
  readonly text: string;
}

/** A check found nothing wrong: `good` says so. Otherwise `findings` has an entry for each server or cause. */
export interface CheckResult {
  readonly good: string;
  readonly findings: readonly Omit<Finding, "check">[];
}

/** Returns the text that names a count: `1 voter`, `3 voters`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
