import type { Check } from "../scenario.js";
import type { Failover } from "./own-ensemble.js";

/** One write of the probe. Times are in milliseconds since 1970. */
export interface ProbeWrite {
  readonly number: number;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly outcome: "acknowledged" | "unknown" | "not-applied";
}

/** All writes of the probe, and the znodes that each server has at the end. */
export interface ProbeRecord {
  /** In the order of time, one after the other. */
  readonly writes: readonly ProbeWrite[];
  /** For each server, the names of the znodes in the order of their creation: `<number of the write>-<sequence>`. */
  readonly views: readonly (readonly string[])[];
}

/** Record of a run of the servers. */
export interface EnsembleRun extends ProbeRecord {
  readonly failover: Failover;
  /** Time that the fail-over may take. */
  readonly limitMs: number;
}

/** Checks a run of the servers. Pure. */
export function verdict(run: EnsembleRun): Check[] {
  return [serversFailOver(run), noWriteLost(run)];
}

/** Another server led in time, and writes went on. */
function serversFailOver({ failover, writes, limitMs }: EnsembleRun): Check {
  const name = "servers fail over";
  const { killed, killedAt, next, servedAt } = failover;
  const acknowledged = writes.filter(({ outcome }) => outcome === "acknowledged");
  const before = acknowledged.findLast(({ endedAt }) => endedAt <= killedAt);
  const after = acknowledged.find(({ begunAt, endedAt }) => endedAt > killedAt && begunAt >= (before?.endedAt ?? 0));
  if (before === undefined || after === undefined) {
    return {
      name,
      holds: false,
      because: `no write was acknowledged ${before === undefined ? "before" : "after"} the kill`,
    };
  }
  const longestMs = longestGap(acknowledged, killedAt, servedAt);
  const because = `server.${next} led ${seconds(servedAt - killedAt)} after server.${killed}, the leader, was killed; a client waited ${seconds(longestMs)} for its next write (allowed: ${seconds(limitMs)})`;
  return { name, holds: next !== killed && longestMs <= limitMs, because };
}

/** Returns the longest time between two acknowledged writes that overlaps the fail-over. */
function longestGap(acknowledged: readonly ProbeWrite[], killedAt: number, servedAt: number): number {
  const gaps = acknowledged.slice(1).flatMap(({ endedAt }, index) => {
    const from = acknowledged[index]!.endedAt;
    return endedAt >= killedAt && from <= servedAt ? [endedAt - from] : [];
  });
  return Math.max(0, ...gaps);
}

/** Each server has each acknowledged write once, in the same order, and each write without an answer at most once. */
function noWriteLost({ writes, views }: EnsembleRun): Check {
  const name = "no write lost or twice";
  const acknowledged = writes.filter(({ outcome }) => outcome === "acknowledged").map(({ number }) => number);
  const outcomes = new Map(writes.map(({ number, outcome }) => [number, outcome]));
  for (const [index, view] of views.entries()) {
    const numbers = view.map((each) => Number(each.split("-")[0]));
    const held = new Set(numbers);
    const where = `server ${index + 1} of ${views.length}`;
    const lost = acknowledged.filter((number) => !held.has(number));
    if (lost.length > 0)
      return { name, holds: false, because: `${where} lacks acknowledged writes: ${lost.join(", ")}` };
    const twice = numbers.filter((number, at) => numbers.indexOf(number) !== at);
    if (twice.length > 0) return { name, holds: false, because: `${where} has writes twice: ${twice.join(", ")}` };
    const undone = numbers.filter((number) => (outcomes.get(number) ?? "not-applied") === "not-applied");
    if (undone.length > 0) return { name, holds: false, because: `${where} has refused writes: ${undone.join(", ")}` };
    if (view.join() !== views[0]!.join())
      return { name, holds: false, because: `${where} has another history than the first` };
    const answered = numbers.filter((number) => outcomes.get(number) === "acknowledged");
    const disordered = answered.find((number, at) => at > 0 && number < answered[at - 1]!);
    if (disordered !== undefined) return { name, holds: false, because: `${where} has write ${disordered} too late` };
  }
  const unknown = writes.filter(({ outcome }) => outcome === "unknown").length;
  const because = `${acknowledged.length} acknowledged writes, each once and in order on each of ${views.length} servers; ${unknown === 1 ? "1 write" : `${unknown} writes`} had no answer`;
  return { name, holds: acknowledged.length > 0 && views.length > 0, because };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
