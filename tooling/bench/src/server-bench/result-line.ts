import { compareRounds, type Verdict } from "../verdict.ts";
import type { FigureName, Figures } from "./figures.ts";

/** One line of the result: what it shows, and what it was to reach. */
export interface ResultLine {
  readonly title: string;
  readonly figure: FigureName;
  readonly unit: Unit;
  readonly target?: LineTarget;
}

/** Either so many times better than Apache's, or at most so much of the unit. */
export type LineTarget = { readonly times: number } | { readonly atMost: number };

export type Unit = "µs" | "ms" | "a second" | "KiB" | "MiB";

/** How many of what was measured make up a unit. */
export const PER_UNIT: Readonly<Record<Unit, number>> = { µs: 1, ms: 1, "a second": 1, KiB: 1024, MiB: 1024 * 1024 };

/** Of operations a second more is better; of time and memory, less. */
const isMoreBetter = ({ unit }: Pick<ResultLine, "unit">): boolean => unit === "a second";

/** How many times better ours is; `undefined` where one of both was not measured. */
export function timesBetter(figures: Figures, line: ResultLine): number | undefined {
  const ours = figures.summary("conclave", line.figure)?.median;
  const theirs = figures.summary("apache", line.figure)?.median;
  if (ours === undefined || theirs === undefined) return undefined;
  return isMoreBetter(line) ? ours / theirs : theirs / ours;
}

/** `undefined` where there is no target, or not what it takes to tell. */
export function verdictOf(figures: Figures, line: ResultLine): Verdict | undefined {
  const { figure, unit, target } = line;
  const ours = figures.rounds("conclave", figure);
  const theirs = figures.rounds("apache", figure);
  if (target === undefined || ours.length === 0) return undefined;
  // As beside a peer that needs exactly what is allowed.
  if ("atMost" in target) return compareRounds(ours, [target.atMost * PER_UNIT[unit]], 1);
  if (theirs.length === 0) return undefined;
  return isMoreBetter(line) ? compareRounds(theirs, ours, target.times) : compareRounds(ours, theirs, target.times);
}
