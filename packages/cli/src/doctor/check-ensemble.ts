import { EnsembleConfiguration } from "@conclave/server";
import { hex } from "../json-line.js";
import { type EnsembleReading, type MemberReading, memberName, metric } from "../members/member-reading.js";
import { shownTarget } from "../members/server-target.js";
import { type CheckResult, counted } from "./finding.js";
import { votersOf } from "./voters.js";

/** Largest difference of clocks that the AdminServers' dates, in whole seconds, can show by themselves. */
const CLOCK_PRECISION_MS = 2_000;
/** Settings that all members need with the same value. */
const COMMON_SETTINGS = ["tickTime", "initLimit", "syncLimit", "minSessionTimeout", "maxSessionTimeout"] as const;

/** Checks of an ensemble as a whole, by name, in the order in which they are shown. */
export const ENSEMBLE_CHECKS: Readonly<Record<string, (reading: EnsembleReading) => CheckResult>> = {
  servers,
  quorum,
  leader,
  voters: (reading) => {
    const voters = votersOf(reading);
    if (voters === undefined) {
      const text =
        reading.members.length === 1
          ? "one standalone server: without it there is no service; three servers survive the loss of one"
          : `${reading.members.length} standalone servers: each has data of its own; they are no ensemble, and must not share clients`;
      return { good: "", findings: [{ level: reading.members.length === 1 ? "warning" : "problem", text }] };
    }
    const { count } = voters;
    if (count === 1) {
      return { good: "", findings: [{ level: "warning", text: "1 voter: without it there is no service; add two" }] };
    }
    if (count % 2 === 1) return { good: `${count} voters, an odd number`, findings: [] };
    const losses = Math.floor((count - 1) / 2);
    const text = `${count} voters, an even number: it survives the loss of ${losses}, as ${count - 1} voters do; add one or make one an observer`;
    return { good: "", findings: [{ level: "warning", text }] };
  },
  configuration,
  settings: ({ members }) => {
    const findings = COMMON_SETTINGS.flatMap((name) => {
      const values = byValue(members, ({ settings }) => settings.get(name));
      if (values.size < 2) return [];
      return { level: "warning" as const, text: `${name} differs: ${listed(values)}; give all servers the same value` };
    });
    return { good: `${COMMON_SETTINGS.slice(0, 3).join(", ")} and session timeouts are the same`, findings };
  },
  versions: ({ members }) => {
    const versions = byValue(members, ({ summary }) => summary?.version);
    const text = `the servers run different versions: ${listed(versions)}; complete the upgrade`;
    return {
      good: `all run version ${[...versions.keys()].join()}`,
      findings: versions.size < 2 ? [] : [{ level: "warning", text }],
    };
  },
  lag,
  clocks: ({ members }) => {
    const offsets = members.flatMap(({ admin, ...member }) =>
      admin?.dateMs === undefined ? [] : [{ name: memberName(member), ms: admin.dateMs - admin.receivedAtMs }],
    );
    const sorted = offsets.toSorted((a, b) => a.ms - b.ms);
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (first === undefined || last === undefined || first === last) return { good: "", findings: [] };
    const difference = last.ms - first.ms;
    const text = `the clock of ${last.name} is ${Math.round(difference / 1000)} s ahead of ${first.name}'s: times of znodes differ; synchronize them (NTP)`;
    return {
      good: "the clocks differ by less than 2 s",
      findings: difference < CLOCK_PRECISION_MS ? [] : [{ level: "warning", text }],
    };
  },
};

function failureText({ target, failure }: MemberReading): string {
  return `${shownTarget(target)}: ${failure}`;
}

function servers({ members, configuration: common }: EnsembleReading): CheckResult {
  const silent = members.filter(({ failure }) => failure !== undefined);
  const unlocated = [...(common?.members.keys() ?? [])].filter((id) => !members.some((each) => each.id === id));
  const unnamed = members.filter(({ id, failure }) => id === undefined && failure === undefined);
  const isAllRead = unlocated.length <= unnamed.length;
  const remedy = "add it to the connect string, and conf to 4lw.commands.whitelist";
  const unknown = isAllRead
    ? "their ids are not known, so they are named by address: add conf to 4lw.commands.whitelist"
    : `not read, or without a known id, as the configuration names no address for clients: ${unlocated.map((id) => `server.${id}`).join(", ")}; ${remedy}`;
  return {
    good: `${counted(members.length, "server")} answered`,
    findings: [
      ...silent.map((each) => ({ level: "problem" as const, server: memberName(each), text: failureText(each) })),
      ...(unlocated.length === 0 ? [] : [{ level: "unknown" as const, text: unknown }]),
    ],
  };
}

function quorum(reading: EnsembleReading): CheckResult {
  const voters = votersOf(reading);
  if (voters === undefined) return { good: "a standalone server needs none", findings: [] };
  const { count, serving, margin, missing } = voters;
  const state = `${serving.length} of ${counted(count, "voter")} ${serving.length === 1 ? "serves" : "serve"}`;
  const down = missing.length === 0 ? "" : `; start ${missing.join(", ")}`;
  if (margin < 0) {
    const text = `${state}: no quorum, so clients are not served${down}`;
    return { good: "", findings: [{ level: "problem", text }] };
  }
  if (margin === 0) {
    const text = `${state}: if one more stops, no client is served${down}`;
    return { good: "", findings: [{ level: "warning", text }] };
  }
  const findings = missing.length === 0 ? [] : [{ level: "warning" as const, text: `${state}${down}` }];
  return { good: `${state}; ${margin} more may stop`, findings };
}

function leader({ members, ...reading }: EnsembleReading): CheckResult {
  if (votersOf({ members, ...reading }) === undefined) return { good: "a standalone server needs none", findings: [] };
  const leaders = members.filter(({ summary }) => summary?.mode === "leader");
  const [first] = leaders;
  if (first === undefined) {
    const text =
      "no server reports that it leads: an election is in progress, there is no quorum, or the leader was not read";
    return { good: "", findings: [{ level: "problem", text }] };
  }
  if (leaders.length > 1) {
    const text = `${leaders.map(memberName).join(" and ")} report that they lead: one was replaced a moment ago; run this again, and isolate the one that still does`;
    return { good: "", findings: [{ level: "problem", text }] };
  }
  const [synced, size] = [metric(first, "synced_followers"), metric(first, "quorum_size")];
  const good = `${memberName(first)} leads`;
  if (synced === undefined || size === undefined || synced >= size - 1) return { good, findings: [] };
  const text = `has ${counted(synced, "synced follower")} of ${size - 1}: the others get no transactions; read their logs`;
  return { good, findings: [{ level: "warning", server: memberName(first), text }] };
}

function configuration({ members, configuration: common }: EnsembleReading): CheckResult {
  const shown = members.flatMap((member) => {
    const parsed = parse(member.membership);
    return parsed === undefined ? [] : [{ member, parsed }];
  });
  // Of several with the newest version the leader's is in force.
  const leads = ({ member }: (typeof shown)[number]): number => Number(member.summary?.mode === "leader");
  const newest = shown.toSorted((a, b) => Number(b.parsed.version - a.parsed.version) || leads(b) - leads(a))[0];
  if (newest === undefined) return { good: "", findings: [] };
  const findings = shown.flatMap(({ member, parsed }) => {
    const server = memberName(member);
    if (parsed.version < newest.parsed.version) {
      const text = `has configuration ${hex(parsed.version)}, ${memberName(newest.member)} has ${hex(newest.parsed.version)}: it missed a reconfiguration; see that it reaches the leader`;
      return { level: "problem" as const, server, text };
    }
    if (haveSameMembers(parsed, newest.parsed)) return [];
    const text = `its lines server.N differ from those of ${memberName(newest.member)}: make them the same in every zoo.cfg`;
    return { level: "problem" as const, server, text };
  });
  const current = hex(common?.version ?? newest.parsed.version);
  return {
    good: `${counted(shown.length, "server")} ${shown.length === 1 ? "has" : "have"} version ${current}`,
    findings,
  };
}

/** Without a client address in `server.N`, each server of Apache shows only its own one, from `clientPort`. */
function haveSameMembers(one: EnsembleConfiguration, other: EnsembleConfiguration): boolean {
  const withoutClients = (each: EnsembleConfiguration): string => each.withVersion(0n).toString().replace(/;.*$/gm, "");
  if (withoutClients(one) !== withoutClients(other)) return false;
  return [...one.members].every(([id, { clientAddress: address }]) => {
    const same = other.members.get(id)?.clientAddress;
    return address === undefined || same === undefined || shownTarget(address) === shownTarget(same);
  });
}

function parse(text: string | undefined): EnsembleConfiguration | undefined {
  try {
    return text === undefined ? undefined : EnsembleConfiguration.parse(text);
  } catch {
    return undefined;
  }
}

/** A member is late if it has not reached, at its second reading, the transaction that the leader had at the first one. */
function lag({ members }: EnsembleReading): CheckResult {
  const first = members.find(({ summary }) => summary?.mode === "leader")?.summary;
  if (first === undefined) return { good: "", findings: [] };
  const findings = members.flatMap((member) => {
    const zxid = member.laterZxid ?? member.summary?.zxid;
    if (zxid === undefined || zxid >= first.zxid) return [];
    const isSameEpoch = zxid >> 32n === first.zxid >> 32n;
    const distance = isSameEpoch ? counted(Number(first.zxid - zxid), "transaction") : "an epoch";
    const text = `is ${distance} late (${hex(zxid)}; the leader had ${hex(first.zxid)}): its reads are old; look at its disk and network`;
    return { level: isSameEpoch ? ("warning" as const) : ("problem" as const), server: memberName(member), text };
  });
  return { good: `all servers have the leader's transactions (${hex(first.zxid)})`, findings };
}

function byValue(
  members: readonly MemberReading[],
  read: (member: MemberReading) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const member of members) {
    const value = read(member);
    if (value !== undefined) values.set(value, [...(values.get(value) ?? []), memberName(member)]);
  }
  return values;
}

function listed(values: ReadonlyMap<string, readonly string[]>): string {
  return [...values].map(([value, names]) => `${value} on ${names.join(", ")}`).join("; ");
}
