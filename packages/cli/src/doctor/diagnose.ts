import { type EnsembleReading, type MemberReading, memberName } from "../members/member-reading.js";
import { ENSEMBLE_CHECKS } from "./check-ensemble.js";
import { checkMembers, MEMBER_CHECKS, NEEDS } from "./check-members.js";
import type { CheckResult, Finding, Level } from "./finding.js";
import { type RestartAdvice, restartAdvice } from "./restart-advice.js";

/** Judgement of an ensemble. */
export interface Diagnosis {
  /** At least one for each check, in a fixed order; the most severe first within a check. */
  readonly findings: readonly Finding[];
  /** One for each server. */
  readonly restarts: readonly RestartAdvice[];
  /** The most severe level; `unknown` findings do not count. */
  readonly level: Exclude<Level, "unknown">;
}

/** Judges the state of an ensemble. `extra` are results of further checks, by name. */
export function diagnose(reading: EnsembleReading, extra: Readonly<Record<string, CheckResult>> = {}): Diagnosis {
  const results: Record<string, CheckResult> = {};
  for (const [name, check] of Object.entries(ENSEMBLE_CHECKS)) results[name] = check(reading);
  for (const [name, check] of Object.entries(MEMBER_CHECKS))
    results[name] = checkMembers(check, reading.members, memberName);
  const findings = Object.entries({ ...results, ...extra }).flatMap(([check, result]) =>
    findingsOf(check, result, reading),
  );
  const has = (level: Level): boolean => findings.some((each) => each.level === level);
  return {
    findings,
    restarts: restartAdvice(reading, findings),
    level: has("problem") ? "problem" : has("warning") ? "warning" : "good",
  };
}

function findingsOf(check: string, { good, findings }: CheckResult, { members }: EnsembleReading): readonly Finding[] {
  const found = findings.map((each) => ({ ...each, check }));
  const blind = members.filter((member) => member.failure === undefined && isBlind(check, member));
  const answering = members.filter(({ failure }) => failure === undefined);
  const unknown: Finding[] = blind.length === 0 ? [] : [{ level: "unknown", check, text: reasonOf(check, blind) }];
  if (found.length > 0) return [...found, ...unknown];
  // Nothing was seen of any server: that is no good result.
  if (good === "" || answering.length === 0 || blind.length === answering.length) return unknown;
  return [{ level: "good", check, text: good }, ...unknown];
}

/** Returns true if the server does not permit the word that the check needs, and has no AdminServer that answers instead. */
function isBlind(check: string, { refused, metrics, admin }: MemberReading): boolean {
  if (check === "clocks") return admin?.dateMs === undefined;
  const word = NEEDS[check];
  if (word === undefined || !refused.includes(word)) return false;
  return word !== "mntr" || metrics.size === 0;
}

function reasonOf(check: string, blind: readonly MemberReading[]): string {
  const names = blind.map(memberName).join(", ");
  if (check === "clocks")
    return `not looked at on ${names}: no AdminServer answers there (admin.enableServer, --admin-port)`;
  return `not looked at on ${names}: add ${NEEDS[check]} to 4lw.commands.whitelist`;
}
