import { shownText } from "@conclave/runtime";
import type { Diagnosis } from "./diagnose.js";
import type { Finding, Level } from "./finding.js";

const SIGNS: Readonly<Record<Level, string>> = { good: "✓", warning: "!", problem: "✗", unknown: "?" };
const COLORS: Readonly<Record<Level, string>> = { good: "32", warning: "33", problem: "31", unknown: "2" };
const CONCLUSIONS: Readonly<Record<Diagnosis["level"], string>> = {
  good: "is healthy",
  warning: "serves, with warnings",
  problem: "has problems",
};

/** Returns the lines of a report: findings, advice about restarts, and the conclusion. */
export function formatDiagnosis(
  { findings, restarts, level }: Diagnosis,
  { hasColors }: { readonly hasColors: boolean },
): readonly string[] {
  const paint = (text: string, of: Level): string => (hasColors ? `\u001b[${COLORS[of]}m${text}\u001b[0m` : text);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const line = ({ level: each, check, server, text }: Finding): string => {
    const subject = server === undefined ? "" : `${server}: `;
    return `${paint(SIGNS[each], each)} ${check.padEnd(width)}  ${shownText(subject + text)}`;
  };
  const nameWidth = Math.max(0, ...restarts.map(({ server }) => shownText(server).length));
  const advice = restarts.map(({ server, mode, may, reason }) => {
    const answer = may ? paint("yes", "good") : paint("no", "problem");
    return `  ${shownText(server).padEnd(nameWidth)}  ${(mode ?? "-").padEnd(10)}  ${answer}: ${shownText(reason)}`;
  });
  const [unknown, known] = [
    findings.filter((each) => each.level === "unknown"),
    findings.filter((each) => each.level !== "unknown"),
  ];
  return [
    ...known.map(line),
    ...unknown.map(line),
    ...(advice.length === 0 ? [] : ["", "may I restart it now?", ...advice]),
    "",
    paint(`${SIGNS[level]} the ensemble ${CONCLUSIONS[level]}`, level),
  ];
}
