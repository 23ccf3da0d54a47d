import { type EnsembleReading, type MemberReading, memberName, metric } from "../members/member-reading.js";
import { shownTarget } from "../members/server-target.js";

/** Figures of one server between two readings; undefined where the server does not report them. */
export interface TopRow {
  readonly server: string;
  readonly address: string;
  /** Mode that the server reports; `down` if it gives no answer. */
  readonly mode: string;
  readonly failure: string | undefined;
  readonly requestsPerSecond: number | undefined;
  /** Average latencies in milliseconds of the reads, writes and writes to disk in between; undefined without any. */
  readonly readMs: number | undefined;
  readonly writeMs: number | undefined;
  readonly fsyncMs: number | undefined;
  readonly outstanding: number | undefined;
  readonly connections: number | undefined;
  readonly sessions: number | undefined;
  readonly watches: number | undefined;
  readonly znodes: number | undefined;
  /** Transactions that the leader has and this server has not; undefined in another epoch, and without a leader. */
  readonly lag: number | undefined;
  readonly zxid: bigint | undefined;
  readonly openFiles: number | undefined;
}

/** Figures of an ensemble between two readings. */
export interface TopView {
  readonly atMs: number;
  readonly leader: string | undefined;
  /** Sum over the servers. */
  readonly requestsPerSecond: number;
  readonly rows: readonly TopRow[];
  /** Servers without `mntr` in their whitelist, of which less is known. */
  readonly withoutMetrics: readonly string[];
}

/** Computes the figures between two readings. */
export function topView(before: EnsembleReading, now: EnsembleReading): TopView {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const leader = now.members.find(({ summary }) => summary?.mode === "leader");
  const rows = now.members.map((member) => {
    const earlier = before.members.find(({ target }) => shownTarget(target) === shownTarget(member.target));
    return rowOf(earlier, member, seconds, leader?.summary?.zxid);
  });
  return {
    ...{ atMs: now.atMs, leader: leader === undefined ? undefined : memberName(leader), rows },
    requestsPerSecond: rows.reduce((sum, row) => sum + (row.requestsPerSecond ?? 0), 0),
    withoutMetrics: now.members
      .filter(({ refused, metrics }) => refused.includes("mntr") && metrics.size === 0)
      .map(memberName),
  };
}

function rowOf(
  before: MemberReading | undefined,
  now: MemberReading,
  seconds: number,
  leaderZxid: bigint | undefined,
): TopRow {
  const { summary, failure } = now;
  const received = summary === undefined ? undefined : since(before?.summary?.received, summary.received);
  return {
    ...{ server: memberName(now), address: shownTarget(now.target), failure },
    mode: summary?.mode ?? (failure === undefined ? "unknown" : "down"),
    requestsPerSecond: received === undefined ? undefined : received / seconds,
    readMs: averageSince(before, now, "readlatency"),
    writeMs: averageSince(before, now, "updatelatency"),
    fsyncMs: averageSince(before, now, "fsynctime"),
    ...{ outstanding: summary?.outstanding, connections: summary?.connections, znodes: summary?.znodes },
    ...{ sessions: metric(now, "global_sessions"), watches: metric(now, "watch_count") },
    lag: lagOf(summary?.zxid, leaderZxid),
    zxid: summary?.zxid,
    openFiles: metric(now, "open_file_descriptor_count"),
  };
}

/** Returns the growth of a counter; undefined after a restart or a reset of the statistics. */
function since(before: number | undefined, now: number): number | undefined {
  return before === undefined || now < before ? undefined : now - before;
}

function averageSince(before: MemberReading | undefined, now: MemberReading, name: string): number | undefined {
  if (before === undefined) return undefined;
  const growth = (prefix: string): number | undefined => {
    const value = metric(now, `${prefix}_${name}`);
    return value === undefined ? undefined : since(metric(before, `${prefix}_${name}`), value);
  };
  const [sum, count] = [growth("sum"), growth("cnt")];
  return sum === undefined || count === undefined || count === 0 ? undefined : sum / count;
}

/** The members are read one after another: one that was read later may be ahead. */
function lagOf(zxid: bigint | undefined, leaderZxid: bigint | undefined): number | undefined {
  if (zxid === undefined || leaderZxid === undefined || zxid >> 32n !== leaderZxid >> 32n) return undefined;
  return Math.max(0, Number(leaderZxid - zxid));
}
