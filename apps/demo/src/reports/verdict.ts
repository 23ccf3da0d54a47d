import type { Report, Term } from "@conclave/nest-reports/report-store";
import type { Check } from "../scenario.js";

/** Fault that took a leader out without a handover. */
export interface Outage {
  readonly instance: string;
  readonly fault: "killed" | "paused";
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** Record of a run of the services, from their store and from the faults that were injected. */
export interface ReportsRun {
  readonly reports: readonly Report[];
  readonly terms: readonly Term[];
  readonly refusals: readonly Report[];
  /** In the order of time. */
  readonly outages: readonly Outage[];
  /** As the ensemble granted it. */
  readonly sessionTimeoutMs: number;
  /** Time for the election and the first report, beyond the session timeout. */
  readonly slackMs: number;
}

/** Checks a run of the services. Pure. */
export function verdict(run: ReportsRun): Check[] {
  return [oneLeaderAtATime(run), failover(run), noReportLost(run)];
}

/** Each token belongs to one leader, and no accepted report has a smaller token than the report before it. */
function oneLeaderAtATime({ reports, terms, refusals }: ReportsRun): Check {
  const name = "one leader at a time";
  const leaders = new Map(terms.map(({ token, instance }) => [token, instance]));
  let newest = 0n;
  for (const { period, token, instance } of reports) {
    if (token < newest) {
      return { name, holds: false, because: `report ${period} has token ${token}, older than ${newest} before it` };
    }
    newest = token;
    const leader = leaders.get(token);
    if (leader !== instance) {
      return {
        name,
        holds: false,
        because: `${instance} used token ${token}, which ${leader ?? "no leader"} received`,
      };
    }
  }
  const tokens = [...new Set(reports.map(({ token }) => token))].join(" < ");
  const refused = refusals.length === 0 ? "no write refused" : `${refusals.length} writes with an old token refused`;
  return { name, holds: reports.length > 0, because: `tokens of the reports: ${tokens || "none"}; ${refused}` };
}

/** After each outage another leader made a report within the session timeout and the slack. */
function failover({ reports, outages, sessionTimeoutMs, slackMs }: ReportsRun): Check {
  const name = "failover";
  const limitMs = sessionTimeoutMs + slackMs;
  const times: string[] = [];
  for (const { instance, fault, at } of outages) {
    const next = reports.find((report) => report.instance !== instance && report.at >= at);
    if (next === undefined) return { name, holds: false, because: `no report after ${instance} was ${fault}` };
    const tookMs = next.at - at;
    times.push(`${seconds(tookMs)} after ${instance} was ${fault}`);
    if (tookMs > limitMs) return { name, holds: false, because: `${times.at(-1)}; allowed: ${seconds(limitMs)}` };
  }
  const allowed = `allowed: session timeout ${seconds(sessionTimeoutMs)} + ${seconds(slackMs)}`;
  return { name, holds: outages.length > 0, because: `${times.join(", ") || "no outage"} (${allowed})` };
}

/** Each period from the first to the last has a report, and there are reports after the last outage. */
function noReportLost({ reports, outages }: ReportsRun): Check {
  const name = "no report lost";
  const periods = reports.map(({ period }) => period);
  const first = periods[0];
  const last = periods.at(-1);
  if (first === undefined || last === undefined) return { name, holds: false, because: "there is no report" };
  const reported = new Set(periods);
  const all = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const missing = all.filter((period) => !reported.has(period));
  if (missing.length > 0) return { name, holds: false, because: `missing: ${missing.join(", ")}` };
  const lastOutage = outages.at(-1)?.at ?? 0;
  const after = reports.filter(({ at }) => at >= lastOutage).length;
  const because = `${periods.length} consecutive periods have a report, ${after} of them since the last outage`;
  return { name, holds: after > 0, because };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
