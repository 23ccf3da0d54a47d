import type { Check } from "../check.js";
import type { Facts } from "./facts.js";

/** Time for election and first report, on a machine that is busy, beyond the time in which the ensemble notices the death. */
const FAILOVER_SLACK_MS = 5000;

/** Judges the play of the reports from its facts alone. */
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

/** After each outage another leader made a report within the session timeout and five seconds. */
function failover({ reports, outages, sessionTimeoutMs }: Facts): Check {
  const name = "failover";
  const limitMs = sessionTimeoutMs + FAILOVER_SLACK_MS;
  const told: string[] = [];
  for (const { instance, how, at } of outages) {
    const next = reports.find((report) => report.instance !== instance && report.at >= at);
    if (next === undefined) return { name, holds: false, because: `nobody followed ${instance}, which was ${how}` };
    const tookMs = next.at - at;
    if (tookMs > limitMs) {
      return {
        name,
        holds: false,
        because: `${seconds(tookMs)} after ${instance} was ${how}; ${seconds(limitMs)} are allowed`,
      };
    }
    told.push(`${seconds(tookMs)} after ${instance} was ${how}`);
  }
  const allowed = `allowed: session timeout ${seconds(sessionTimeoutMs)} + ${seconds(FAILOVER_SLACK_MS)}`;
  return { name, holds: outages.length > 0, because: `${told.join(", ") || "nothing was done"} (${allowed})` };
}

/** Each period from the first on has its report, those of the failover too; no period can have two. */
function noReportLost({ reports, outages }: Facts): Check {
  const name = "no report lost";
  const periods = reports.map(({ period }) => period);
  const first = periods[0];
  const last = periods.at(-1);
  if (first === undefined || last === undefined) return { name, holds: false, because: "there is no report at all" };
  const made = new Set(periods);
  const missing = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((period) => !made.has(period));
  if (missing.length > 0) return { name, holds: false, because: `missing: ${missing.join(", ")}` };
  const lastOutage = outages.at(-1)?.at ?? 0;
  const after = reports.filter(({ at }) => at >= lastOutage).length;
  const because = `${periods.length} periods in a row have theirs, ${after} of them since the last outage`;
  return { name, holds: after > 0, because };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
