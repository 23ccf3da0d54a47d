import { type MemberReading, metric } from "../members/member-reading.js";
import type { CheckResult, Level } from "./finding.js";

/** Share of a limit from which a server is near it. */
const NEAR = 0.8;
const VERY_NEAR = 0.95;
/** Averages in milliseconds from which clients notice the server or its disk. */
const SLOW_LATENCY_MS = 100;
const SLOW_FSYNC_MS = 50;
/** ZooKeeper itself warns of a longer write to disk. */
const STALLED_FSYNC_MS = 1_000;
const MANY_OUTSTANDING = 100;
/** Default of `globalOutstandingLimit`, from which a server lets its clients wait. */
const OUTSTANDING_LIMIT = 1_000;
const MANY_WATCHES = 500_000;
/** Default of `jute.maxbuffer`. */
const LARGEST_REQUEST_BYTES = 1_048_575;

type MemberFinding = { readonly level: Level; readonly text: string };

/** Check of one server. */
interface MemberCheck {
  /** Text if nothing is wrong with any server. */
  readonly good: string;
  readonly check: (member: MemberReading) => MemberFinding | undefined;
}

/** Checks of each server by itself, by name, in the order in which they are shown. */
export const MEMBER_CHECKS: Readonly<Record<string, MemberCheck>> = {
  mode: {
    good: "each server that answers is in the quorum",
    check: ({ summary }) =>
      summary?.mode === "read-only"
        ? problem("answers reads only, from its last known state: it has lost the quorum; look at its quorum ports")
        : undefined,
  },
  latency: {
    good: `requests take less than ${SLOW_LATENCY_MS} ms on average`,
    check: ({ summary }) => {
      if (summary === undefined || summary.latency.average < SLOW_LATENCY_MS) return undefined;
      const { average, max } = summary.latency;
      return warning(`requests take ${round(average)} ms on average, ${max} ms at most: look at its disk and its CPU`);
    },
  },
  disk: {
    good: "writes to disk are short",
    check: (member) => {
      const [average = 0, max = 0] = [metric(member, "avg_fsynctime"), metric(member, "max_fsynctime")];
      const times = `fsync takes ${round(average)} ms on average, ${round(max)} ms at most`;
      if (average >= SLOW_FSYNC_MS)
        return warning(`${times}: every write waits for it; use a faster disk for dataLogDir`);
      if (max >= STALLED_FSYNC_MS)
        return warning(`${times}: sessions end if it stalls longer; use a disk of its own for dataLogDir`);
      return undefined;
    },
  },
  outstanding: {
    good: `fewer than ${MANY_OUTSTANDING} requests wait`,
    check: ({ summary }) => {
      const waiting = summary?.outstanding ?? 0;
      if (waiting < MANY_OUTSTANDING) return undefined;
      const text = `${waiting} requests wait: the server is overloaded, or its disk stalls`;
      return waiting < OUTSTANDING_LIMIT
        ? warning(text)
        : problem(`${text}; it lets clients wait (globalOutstandingLimit)`);
    },
  },
  "file descriptors": {
    good: "the limit is far",
    check: (member) => {
      const [open, max] = [metric(member, "open_file_descriptor_count"), metric(member, "max_file_descriptor_count")];
      if (open === undefined || max === undefined || max <= 0 || open / max < NEAR) return undefined;
      const text = `${open} of ${max} are open: at the limit new clients are refused; raise ulimit -n, or close clients`;
      return open / max < VERY_NEAR ? warning(text) : problem(text);
    },
  },
  connections: {
    good: "no address is near maxClientCnxns",
    check: ({ connections, settings }) => {
      const limit = Number(settings.get("maxClientCnxns") ?? 0);
      if (connections === undefined || !(limit > 0)) return undefined;
      const counts = new Map<string, number>();
      for (const { remote } of connections) {
        const host = remote.slice(0, remote.lastIndexOf(":"));
        counts.set(host, (counts.get(host) ?? 0) + 1);
      }
      const [host, count] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? ["", 0];
      if (count / limit < NEAR) return undefined;
      return warning(
        `${count} connections come from ${host}, and maxClientCnxns is ${limit}: further ones are refused`,
      );
    },
  },
  watches: {
    good: `fewer than ${MANY_WATCHES}`,
    check: (member) => {
      const watches = metric(member, "watch_count") ?? 0;
      if (watches < MANY_WATCHES) return undefined;
      return warning(`${watches} watches: one change can notify very many clients; find their paths by wchp`);
    },
  },
  "znode sizes": {
    good: "no proposal is near jute.maxbuffer",
    check: (member) => {
      const largest = metric(member, "max_proposal_size") ?? 0;
      if (largest / LARGEST_REQUEST_BYTES < NEAR) return undefined;
      return warning(
        `a write had ${largest} bytes, and the default of jute.maxbuffer is ${LARGEST_REQUEST_BYTES}: keep large data elsewhere`,
      );
    },
  },
  data: {
    good: "no digest of the data differs",
    check: (member) => {
      const count = metric(member, "digest_mismatches_count") ?? 0;
      if (count === 0) return undefined;
      return problem(
        `${count} digests of its tree differ from the leader's: stop it, remove its data, and start it again`,
      );
    },
  },
  throttling: {
    good: "no connection is refused to limit load",
    check: (member) => {
      const probability = metric(member, "connection_drop_probability") ?? 0;
      if (probability === 0) return undefined;
      return warning(`refuses new connections with probability ${probability}: too many clients connect at a time`);
    },
  },
};

/** Checks that need a metric of `mntr`, or another word, by that word. */
export const NEEDS: Readonly<Record<string, string>> = {
  disk: "mntr",
  "file descriptors": "mntr",
  watches: "mntr",
  "znode sizes": "mntr",
  data: "mntr",
  throttling: "mntr",
  connections: "cons",
  configuration: "conf",
  settings: "conf",
};

/** Runs a check on each server that answers. */
export function checkMembers(
  { good, check }: MemberCheck,
  members: readonly MemberReading[],
  nameOf: (member: MemberReading) => string,
): CheckResult {
  const findings = members.flatMap((member) => {
    const finding = check(member);
    return finding === undefined ? [] : [{ ...finding, server: nameOf(member) }];
  });
  return { good, findings };
}

const warning = (text: string): MemberFinding => ({ level: "warning", text });
const problem = (text: string): MemberFinding => ({ level: "problem", text });

function round(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
