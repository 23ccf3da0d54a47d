import { compareRounds, type Verdict } from "../report/verdict.ts";
import type { FigureName, Figures } from "./figures.ts";

/** A row of the result: its figure and its target. */
export interface ResultLine {
  readonly title: string;
  readonly figure: FigureName;
  readonly unit: Unit;
  readonly target?: LineTarget;
}

/** A factor by which ours must be better than Apache's, or a largest amount in the unit. No factor applies to another checkout. */
export type LineTarget = { readonly times: number } | { readonly atMost: number };

export type Unit = "µs" | "ms" | "a second" | "KiB" | "MiB";

/** Measured units per displayed unit. */
export const PER_UNIT: Readonly<Record<Unit, number>> = { µs: 1, ms: 1, "a second": 1, KiB: 1024, MiB: 1024 * 1024 };

/** Returns true for a rate, of which more is better; of time and memory less is better. */
const isMoreBetter = ({ unit }: Pick<ResultLine, "unit">): boolean => unit === "a second";

/** Returns the factor by which ours is better; undefined if one of the servers was not measured. */
export function timesBetter(figures: Figures, line: ResultLine): number | undefined {
  const ours = figures.summary("conclave", line.figure)?.median;
  const theirs = figures.summary(figures.peer, line.figure)?.median;
  if (ours === undefined || theirs === undefined) return undefined;
  return isMoreBetter(line) ? ours / theirs : theirs / ours;
}

/** Compares the rounds with the target; undefined without a target or without figures. */
export function verdictOf(figures: Figures, line: ResultLine): Verdict | undefined {
  const { figure, unit, target } = line;
  const ours = figures.rounds("conclave", figure);
  const theirs = figures.rounds("apache", figure);
  if (target === undefined || ours.length === 0) return undefined;
  // Compares with a peer that needs exactly the allowed amount.
  if ("atMost" in target) return compareRounds(ours, [target.atMost * PER_UNIT[unit]], 1);
  if (theirs.length === 0) return undefined;
  return isMoreBetter(line) ? compareRounds(theirs, ours, target.times) : compareRounds(ours, theirs, target.times);
}
