import { type EnsembleReading, type MemberReading, memberName } from "../members/member-reading.js";
import { counted, type Finding } from "./finding.js";
import { votersOf } from "./voters.js";

/** Answer to the question if a server may be restarted now. */
export interface RestartAdvice {
  readonly server: string;
  /** Mode that the server reports; undefined if it gives no answer. */
  readonly mode: string | undefined;
  readonly may: boolean;
  readonly reason: string;
}

/** Judges for each server if the service survives its restart. `findings` are those of the whole reading. */
export function restartAdvice(reading: EnsembleReading, findings: readonly Finding[]): readonly RestartAdvice[] {
  const voters = votersOf(reading);
  const late = new Set(findings.flatMap(({ check, server }) => (check === "lag" ? (server ?? []) : [])));
  return reading.members.map((member) => {
    const advice = { server: memberName(member), mode: member.summary?.mode };
    const no = (reason: string): RestartAdvice => ({ ...advice, may: false, reason });
    const yes = (reason: string): RestartAdvice => ({ ...advice, may: true, reason });
    if (member.failure !== undefined) return yes("it serves no client now");
    if (advice.mode === undefined) return no("its mode is not known: srvr is not in its 4lw.commands.whitelist");
    if (voters === undefined) return no("it is the only server: clients wait until it serves again");
    if (advice.mode === "observer" || member.role === "observer")
      return yes("an observer has no vote; its clients move");
    if (!voters.serving.includes(member)) return yes("it is not in the quorum");
    const left = counted(voters.serving.length - 1, "voter");
    if (!voters.isQuorumWithout(member)) {
      const missing = voters.missing.length === 0 ? "add voters" : `first start ${voters.missing.join(", ")}`;
      return no(`${left} of ${voters.count} would serve, which is no quorum: ${missing}`);
    }
    const needed = voters.serving.filter((each) => each !== member && late.has(memberName(each)));
    if (needed.length > 0)
      return no(`${needed.map(memberName).join(", ")} must catch up first: the quorum would wait for it`);
    if (advice.mode !== "leader") return yes(`${left} of ${voters.count} remain; its clients move to them`);
    return yes(`${left} of ${voters.count} remain; restart it last: it leads, and writes wait for an election`);
  });
}

/** Returns the advice on the server with this id or address. */
export function adviceOn(
  name: string,
  advice: readonly RestartAdvice[],
  members: readonly MemberReading[],
): RestartAdvice | undefined {
  const index = members.findIndex(
    (member) =>
      name === memberName(member) ||
      name === String(member.id) ||
      name === `${member.target.host}:${member.target.port}`,
  );
  return advice[index];
}
