import type { Attempt, Rejection, Writer } from "../ledger/ledger.js";
import type { Payout } from "../queue/payout-queue.js";

/** Record of a run: the contents of the ledger and the states of the jobs. */
export interface RunRecord {
  /** Payouts that had to be made. */
  readonly due: readonly Payout[];
  /** Payouts in the ledger, in the order of payment. */
  readonly paid: readonly (Payout & Writer)[];
  readonly attempts: readonly Attempt[];
  readonly rejections: readonly Rejection[];
  /** Number of jobs in each state. */
  readonly jobs: Readonly<Record<string, number>>;
}

/** Result of one check of a run, with its reason. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}

/** Checks the record of a run. */
export function verdict(record: RunRecord): Check[] {
  return [paidOnce(record), oneAtATime(record), noJobLost(record)];
}

/** Checks that the ledger has each payout once, with its account and amount. */
function paidOnce({ due, paid, attempts }: RunRecord): Check {
  const name = "paid exactly once";
  const inLedger = new Map(paid.map((payout) => [payout.id, payout]));
  const wrong = due.filter(({ id, account, cents }) => {
    const payout = inLedger.get(id);
    return payout === undefined || payout.account !== account || payout.cents !== cents;
  });
  if (wrong.length > 0)
    return { name, holds: false, because: `${wrong.length} payouts are missing or wrong, for example ${wrong[0]?.id}` };
  const unpaid = attempts.filter(({ outcome }) => outcome !== "paid").length;
  return {
    name,
    holds: paid.length === due.length && inLedger.size === due.length,
    because: `${due.length} payouts were due, the ledger has ${paid.length}; ${unpaid} attempts did not pay`,
  };
}

/**
 * Checks that no attempt began on an account while the grant of an earlier one was valid, and that the payouts of each
 * account have increasing tokens.
 */
function oneAtATime({ paid, attempts, rejections }: RunRecord): Check {
  const name = "one at a time";
  const overtaken = attempts.find(({ outcome }) => outcome === "overtaken");
  if (overtaken !== undefined) {
    const { account, instance, token } = overtaken;
    return {
      name,
      holds: false,
      because: `another attempt began on account ${account} while ${instance} held a valid grant, token ${token}`,
    };
  }
  const newest = new Map<string, bigint>();
  for (const { id, account, token } of paid) {
    const before = newest.get(account);
    if (before !== undefined && token <= before) {
      return {
        name,
        holds: false,
        because: `${id} was paid with token ${token}, after token ${before} on account ${account}`,
      };
    }
    newest.set(account, token);
  }
  const stale = rejections.length === 0 ? "no stale token" : `${rejections.length} writes with a stale token rejected`;
  return { name, holds: true, because: `no two valid grants at once on any of ${newest.size} accounts; ${stale}` };
}

/** Checks that all jobs are completed. */
function noJobLost({ due, jobs }: RunRecord): Check {
  const { completed = 0, ...others } = jobs;
  const left = Object.entries(others).filter(([, count]) => count > 0);
  const rest =
    left.length === 0 ? "none in another state" : left.map(([state, count]) => `${count} ${state}`).join(", ");
  return {
    name: "no job lost or stuck",
    holds: completed === due.length && left.length === 0,
    because: `${completed} jobs completed; ${rest}`,
  };
}
