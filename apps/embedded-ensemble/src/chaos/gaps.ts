import type { ChaosRecord } from "./chaos-record.js";

/**
 * Time after which servers give up a leader that is paused, in milliseconds: the sync limit of embedded servers, 5 ticks of 500 ms.
 * Only then the session timeout of its clients begins: the next leader gives all sessions their whole time.
 */
export const DETECTION_MS = 2_500;

/** Time without a leader at work: from one run to the next, beyond a period. */
export interface Gap {
  readonly ms: number;
  /** The time, its fault and its parts, in words. */
  readonly text: string;
  readonly allowedMs: number;
  /** Parts of the allowed time, in words. */
  readonly allowed: string;
}

/** Returns the longest gap; undefined if there are not two runs. */
export function longestGap(record: ChaosRecord): Gap | undefined {
  const { runs, periodMs, sessionTimeoutMs, slackMs } = record;
  const lengths = runs.slice(1).map(({ at }, index) => Math.max(0, at - runs[index]!.at - periodMs));
  if (lengths.length === 0) return undefined;
  const ms = Math.max(...lengths);
  const allowed = `detection ${seconds(DETECTION_MS)} + session timeout ${seconds(sessionTimeoutMs)} + elections ${seconds(slackMs)}`;
  const text = `${seconds(ms)}${partsOf(record, lengths.indexOf(ms))}`;
  return { ms, text, allowedMs: DETECTION_MS + sessionTimeoutMs + slackMs, allowed };
}

/** Names the fault between a run and the next one, and the parts of the time after it. */
function partsOf({ runs, drafts, outages }: ChaosRecord, index: number): string {
  const [before, after] = [runs[index]!, runs[index + 1]!];
  const fault = outages.findLast(({ at }) => at >= before.at && at <= after.at);
  if (fault === undefined) return " (without a fault)";
  const begun = drafts.find(({ token, at }) => token === after.token && at >= fault.at)?.at ?? after.at;
  const led = Math.min(fault.ledAt, begun);
  const parts = [
    `${seconds(led - fault.at)} until the servers had a leader`,
    `${seconds(begun - led)} until a session ended and a replica was elected`,
    `${seconds(after.at - begun)} for its first run`,
  ];
  return ` (${fault.kind} of replica ${fault.replica}: ${parts.join(", ")})`;
}

/** Formats a time as `1.5 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
