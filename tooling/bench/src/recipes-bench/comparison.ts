import { median } from "../report/statistics.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import { compareRounds, type Verdict } from "../report/verdict.ts";
import type { ServerName } from "../server-bench/server-name.ts";
import type { Figures } from "./figures.ts";
import type { LibraryName } from "./library.ts";

export const MARKS: Readonly<Record<Verdict, string>> = { reached: "✓", missed: "✗", unclear: "?" };

/** A figure of ours and of Curator's on one server. */
export interface Comparison {
  readonly figures: Figures;
  readonly server: ServerName;
  readonly name: string;
}

/** Returns median and spread of ours and of Curator's: four cells. */
export function cellsOf(comparison: Comparison): string[] {
  return [...cells(comparison, "conclave"), ...cells(comparison, "curator")];
}

/** Returns the median of ours and of Curator's: two cells. */
export function mediansOf(comparison: Comparison): string[] {
  return [cells(comparison, "conclave")[0]!, cells(comparison, "curator")[0]!];
}

/** Returns the median advantage of ours over Curator's by round; for a rate more is better, for all else less is better. */
export function timesBetter({ figures, server, name }: Comparison, isMoreBetter: boolean): string {
  const ratios = figures.ratios(server, name).map((ratio) => (isMoreBetter ? ratio : 1 / ratio));
  return ratios.length === 0 ? "" : `${threeDigits(median(ratios))}×`;
}

/** Checks that our rate is at least Curator's; undefined if one of them was not measured. */
export function rateVerdict({ figures, server, name }: Comparison): Verdict | undefined {
  const ratios = figures.ratios(server, name);
  return ratios.length === 0 ? undefined : compareRounds([1], ratios, 1);
}

function cells({ figures, server, name }: Comparison, library: LibraryName): [string, string] {
  const summary = figures.summary(library, server, name);
  return summary === undefined ? ["–", ""] : [threeDigits(summary.median), percent(summary.spread)];
}
