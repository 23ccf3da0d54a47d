import type { Facts } from "./facts.js";

/** One thing that must hold, whether it did, and what it is judged from. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}

/** Judges a run from its facts alone. */
export function verdict(facts: Facts): Check[] {
  return [paidOnce(facts), oneAtATime(facts), noJobLost(facts)];
}

/** The ledger has each payout once, with its amount. */
function paidOnce({ due, paid, visits }: Facts): Check {
  const name = "paid exactly once";
  const inLedger = new Map(paid.map((payout) => [payout.id, payout]));
  const wrong = due.filter(({ id, account, cents }) => {
    const payout = inLedger.get(id);
    return payout === undefined || payout.account !== account || payout.cents !== cents;
  });
  if (wrong.length > 0)
    return { name, holds: false, because: `${wrong.length} not or wrongly paid, as ${wrong[0]?.id}` };
  const cutShort = visits.filter(({ end }) => end !== "paid").length;
  return {
    name,
    holds: paid.length === due.length && inLedger.size === due.length,
    because: `${due.length} payouts were due, the ledger has ${paid.length}; ${cutShort} runs ended before they had paid`,
  };
}

/**
 * No worker came to an account while another was there under a valid grant, and each payout of an account was made under a
 * larger token than the payout before it.
 */
function oneAtATime({ paid, visits, refusals }: Facts): Check {
  const name = "one at a time";
  const overtaken = visits.find(({ end }) => end === "overtaken");
  if (overtaken !== undefined) {
    const { account, instance, token } = overtaken;
    return {
      name,
      holds: false,
      because: `another came to account ${account} while ${instance} was there under ${token}`,
    };
  }
  const newest = new Map<string, bigint>();
  for (const { id, account, token } of paid) {
    const before = newest.get(account);
    if (before !== undefined && token <= before) {
      return { name, holds: false, because: `${id} was paid under ${token}, after ${before} on account ${account}` };
    }
    newest.set(account, token);
  }
  const old = refusals.length === 0 ? "no old token came" : `${refusals.length} with an old token refused`;
  return { name, holds: true, because: `nobody met another on any of ${newest.size} accounts; ${old}` };
}

/** All jobs are completed. */
function noJobLost({ due, jobs }: Facts): Check {
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
