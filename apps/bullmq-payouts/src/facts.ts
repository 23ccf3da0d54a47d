import type { Visit, Writer } from "./ledger.js";
import type { Payout } from "./payout.js";

/** What a run recorded. */
export interface Facts {
  /** What was to be paid. */
  readonly due: readonly Payout[];
  /** What the ledger has, in the order of paying. */
  readonly paid: readonly (Payout & Writer)[];
  readonly visits: readonly Visit[];
  readonly refusals: readonly (Writer & { readonly account: string; readonly payout: string })[];
  /** How many jobs the queue has in each state. */
  readonly jobs: Readonly<Record<string, number>>;
}
