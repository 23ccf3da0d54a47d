import type { InvoiceRun } from "../store/invoice-store.js";
import type { ChaosRecord } from "./chaos-record.js";
import { longestGap, seconds } from "./gaps.js";

/** Result of one check, with the figures that led to it. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}

/** Checks the record of a run. */
export function verdict(record: ChaosRecord): Check[] {
  const checks = [noPeriodTwice, noPeriodLost, noLateWrite, lateWritesRefused, alwaysLed, noOrderLost, allInQuorum];
  return checks.map((check) => check(record));
}

/** No period has two runs, under one token or several. */
function noPeriodTwice({ runs }: ChaosRecord): Check {
  const name = "no period twice";
  const seen = new Map<number, InvoiceRun>();
  for (const run of runs) {
    const other = seen.get(run.period);
    if (other !== undefined) {
      const because = `period ${run.period} has runs under the tokens ${other.token} and ${run.token}`;
      return { name, holds: false, because };
    }
    seen.set(run.period, run);
  }
  return { name, holds: runs.length > 0, because: `${runs.length} runs of ${seen.size} periods` };
}

/** Each period between the first and the last one has a run. */
function noPeriodLost({ runs }: ChaosRecord): Check {
  const name = "no period lost";
  const periods = new Set(runs.map(({ period }) => period));
  const [first = 0, last = -1] = [Math.min(...periods), Math.max(...periods)];
  const missing = Array.from(periods.size === 0 ? [] : { length: last - first + 1 }, (_, at) => first + at).filter(
    (period) => !periods.has(period),
  );
  if (missing.length > 0) return { name, holds: false, because: `no run of ${missing.slice(0, 5).join(", ")}` };
  return { name, holds: periods.size > 0, because: `${periods.size} consecutive periods` };
}

/** Tokens never become smaller, and each belongs to one replica. */
function noLateWrite({ runs }: ChaosRecord): Check {
  const name = "no late write";
  const replicaOf = new Map<bigint, number>();
  let newest = 0n;
  for (const { period, token, replica } of runs) {
    if (token < newest) {
      return { name, holds: false, because: `period ${period} was closed under the token ${token}, after ${newest}` };
    }
    newest = token;
    const owner = replicaOf.get(token) ?? replica;
    if (owner !== replica) {
      return { name, holds: false, because: `replicas ${owner} and ${replica} wrote under the token ${token}` };
    }
    replicaOf.set(token, replica);
  }
  const leaders = [...replicaOf.values()].join(", ");
  return { name, holds: replicaOf.size > 0, because: `leaders, in order: ${leaders}` };
}

/** Each leader that was paused within a run, and replaced, has tried to write it, and was refused. */
function lateWritesRefused({ outages, refusals }: ChaosRecord): Check {
  const paused = outages.filter(({ isInRun }) => isInRun).length;
  const because = `${refusals} late writes refused; leaders paused in the middle of a run: ${paused}`;
  return { name: "late writes refused", holds: refusals >= paused, because };
}

/** No time between two runs is longer than a period, the detection of a paused leader, the session timeout, and elections. */
function alwaysLed(record: ChaosRecord): Check {
  const name = "soon a new leader";
  const gap = longestGap(record);
  if (gap === undefined) return { name, holds: false, because: "there are not two runs" };
  const because = `longest time without a leader at work: ${gap.text}, allowed: ${seconds(gap.allowedMs)} (${gap.allowed})`;
  return { name, holds: gap.ms <= gap.allowedMs, because };
}

/** Each acknowledged order is in the store, and each order in exactly one run. */
function noOrderLost({ runs, acknowledged, closed, open }: ChaosRecord): Check {
  const inRuns = runs.reduce((sum, { orders }) => sum + orders, 0);
  return {
    name: "no order lost",
    holds: acknowledged > 0 && open === 0 && closed >= acknowledged && inRuns === closed,
    because: `${acknowledged} orders acknowledged, ${closed} closed, by runs of ${inRuns}; ${open} open`,
  };
}

/** All replicas see all of them as voters that are ready. */
function allInQuorum({ replicas, readyVoters }: ChaosRecord): Check {
  const seen = readyVoters.map((ids) => ids.join(", ") || "none");
  const holds = readyVoters.length === replicas.length && seen.every((ids) => ids === replicas.join(", "));
  return { name: "all in the quorum", holds, because: `ready voters, as each replica sees them: ${seen.join(" | ")}` };
}
