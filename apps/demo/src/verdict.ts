import type { Facts } from "./facts.js";

/** One thing that must hold, whether it did, and what it is judged from. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}

/** Election and first report, beyond the time that the ensemble needs to notice the death. */
const FAILOVER_SLACK_MS = 1000;

/** Judges a run of the demo from its facts alone. */
export function verdict(facts: Facts): Check[] {
  return [oneLeaderAtATime(facts), failover(facts), noReportLost(facts)];
}

/** Never were reports of two leaders accepted with the same token, or with one smaller than before. */
function oneLeaderAtATime({ reports, terms, refusals }: Facts): Check {
  const name = "one leader at a time";
  const holders = new Map(terms.map(({ token, instance }) => [token, instance]));
  let newest = 0n;
  for (const { period, token, instance } of reports) {
    if (token < newest) return { name, holds: false, because: `report ${period} came with ${token} after ${newest}` };
    newest = token;
    const holder = holders.get(token);
    if (holder !== instance) {
      return { name, holds: false, because: `token ${token} is of ${holder ?? "nobody"}, and ${instance} used it` };
    }
  }
  const tokens = [...new Set(reports.map(({ token }) => token))].join(" < ");
  const refused = refusals.length === 0 ? "none had to be refused" : `${refusals.length} with an old token refused`;
  return {
    name,
    holds: reports.length > 0,
    because: `tokens of the accepted reports: ${tokens || "none"}; ${refused}`,
  };
}

/** After the kill another leader made a report within the session timeout and a second. */
function failover({ reports, kill, sessionTimeoutMs }: Facts): Check {
  const name = "failover";
  const limitMs = sessionTimeoutMs + FAILOVER_SLACK_MS;
  const next = reports.find(({ instance, at }) => instance !== kill.instance && at >= kill.at);
  if (next === undefined) return { name, holds: false, because: `nobody followed ${kill.instance}` };
  const tookMs = next.at - kill.at;
  const because = `${next.instance} reported ${seconds(tookMs)} after the kill (allowed: session timeout ${seconds(sessionTimeoutMs)} + ${seconds(FAILOVER_SLACK_MS)})`;
  return { name, holds: tookMs <= limitMs, because };
}

/** Each period from the first on has its report, those of the failover too; no period can have two. */
function noReportLost({ reports, kill }: Facts): Check {
  const name = "no report lost";
  const periods = reports.map(({ period }) => period);
  const first = periods[0];
  const last = periods.at(-1);
  if (first === undefined || last === undefined) return { name, holds: false, because: "there is no report at all" };
  const made = new Set(periods);
  const missing = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((period) => !made.has(period));
  if (missing.length > 0) return { name, holds: false, because: `missing: ${missing.join(", ")}` };
  const after = reports.filter(({ at }) => at >= kill.at).length;
  return {
    name,
    holds: after > 0,
    because: `${periods.length} periods in a row, ${after} of them made after the kill`,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
