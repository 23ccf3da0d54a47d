import { type EnsembleReading, type MemberReading, memberName } from "../members/member-reading.js";

/** Voters of an ensemble, as far as they are known. */
export interface Voters {
  /** Number of voters in the configuration, or of the servers that were read if there is none. */
  readonly count: number;
  /** Voters that serve as leader or follower. */
  readonly serving: readonly MemberReading[];
  /** Voters that do not, by name. */
  readonly missing: readonly string[];
  /** Number of further voters that may stop while a quorum serves; negative without a quorum. */
  readonly margin: number;
  /** Returns true if the serving voters without this one are a quorum. */
  isQuorumWithout(member: MemberReading): boolean;
}

const SERVES_AS_VOTER: ReadonlySet<string | undefined> = new Set(["leader", "follower"]);

/** Returns the voters of an ensemble; `undefined` for a standalone server. */
export function votersOf({ configuration, members }: EnsembleReading): Voters | undefined {
  if (members.length > 0 && members.every(({ summary }) => summary?.mode === "standalone")) return undefined;
  const serving = members.filter(({ summary, role }) => SERVES_AS_VOTER.has(summary?.mode) && role !== "observer");
  const ids = serving.flatMap(({ id }) => id ?? []);
  const isKnown = configuration !== undefined && ids.length === serving.length;
  const count = configuration?.voters.size ?? members.filter(({ role }) => role !== "observer").length;
  const majority = Math.floor(count / 2) + 1;
  const isQuorum = (present: readonly MemberReading[]): boolean =>
    isKnown ? configuration.isQuorum(present.flatMap(({ id }) => id ?? [])) : present.length >= majority;
  const hasWeights = isKnown && configuration.hasGroups;
  const names = new Set(serving.map(memberName));
  const all = isKnown
    ? [...configuration.voters].map((id) => `server.${id}`)
    : members.filter(({ role }) => role !== "observer").map(memberName);
  return {
    ...{ count, serving, missing: all.filter((name) => !names.has(name)) },
    margin: hasWeights ? survivedLosses(serving, isQuorum) : serving.length - majority,
    isQuorumWithout: (member) => isQuorum(serving.filter((each) => each !== member)),
  };
}

/** Returns the number of losses that a quorum of weighted voters survives in every case; -1 if there is no quorum. */
function survivedLosses(
  serving: readonly MemberReading[],
  isQuorum: (present: readonly MemberReading[]) => boolean,
): number {
  const canBreak = (present: readonly MemberReading[], losses: number, from: number): boolean =>
    losses === 0
      ? !isQuorum(present)
      : present.slice(from).some((_, index) => canBreak(present.toSpliced(from + index, 1), losses - 1, from + index));
  let survived = -1;
  while (survived < serving.length && !canBreak(serving, survived + 1, 0)) survived++;
  return survived;
}
