import type { Summary } from "../pipeline/summary.js";
import type { MemberStatus } from "../quorum/member-status.js";
import type { Metric } from "./metric.js";
import type { ServerStatus } from "./server-status.js";

/** Id that Apache shows if there is no server. */
const NO_SERVER = -1n;

/** The quantiles that Apache shows, by the name that it shows them under. */
export const QUANTILES = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p999", 0.999],
] as const;

/** Returns all metrics by name, version and state first, for `mntr` and the AdminServer's `monitor`. */
export function metricEntries(
  metrics: readonly Metric[],
  status: ServerStatus,
): [name: string, value: string | number][] {
  const { member } = status;
  const ofMember = member === undefined ? [] : memberEntries(member);
  return [["version", status.version], ["server_state", status.mode], ...metrics.flatMap(entriesOf), ...ofMember];
}

function memberEntries(member: MemberStatus): [name: string, value: string | number][] {
  const { peerState, learnerMaster = NO_SERVER } = member;
  const master: [string, number][] = peerState === "observing" ? [["observer_master_id", Number(learnerMaster)]] : [];
  return [["peer_state", shownState(member)], ...master];
}

/** Formats like Apache: "leading - broadcast". */
function shownState({ peerState, zabState }: MemberStatus): string {
  return zabState === "election" ? peerState : `${peerState} - ${zabState}`;
}

/** Returns true if Apache has a double under this name, which Java writes with a decimal point. */
const isDouble = (name: string): boolean => name.startsWith("avg_") || name === "connection_drop_probability";

/** The lines of `mntr`: `zk_<name>`, a tab, the value. */
export function metricLines(metrics: readonly Metric[], status: ServerStatus): string[] {
  return metricEntries(metrics, status).map(([name, value]) => {
    return `zk_${name}\t${value}${isDouble(name) && Number.isInteger(value) ? ".0" : ""}`;
  });
}

function entriesOf(metric: Metric): [name: string, value: number][] {
  if (metric.kind === "summaries") {
    return [...metric.summaries].flatMap(([key, each]) => summaryEntries(`${key}_${metric.name}`, each, false));
  }
  if (metric.kind !== "summary") return [[metric.name, metric.value]];
  return summaryEntries(metric.name, metric.summary, metric.quantiles);
}

function summaryEntries(name: string, summary: Summary, quantiles: boolean): [name: string, value: number][] {
  return [
    [`avg_${name}`, summary.average],
    [`min_${name}`, summary.min],
    [`max_${name}`, summary.max],
    [`cnt_${name}`, summary.count],
    [`sum_${name}`, summary.sum],
    ...(quantiles ? QUANTILES.map(([p, share]): [string, number] => [`${p}_${name}`, summary.quantile(share)]) : []),
  ];
}
