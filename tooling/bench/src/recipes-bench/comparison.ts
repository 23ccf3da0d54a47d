import type { Contestant } from "../server-bench/contestant.ts";
import { median } from "../statistics.ts";
import { percent, threeDigits } from "../three-digits.ts";
import { compareRounds, type Verdict } from "../verdict.ts";
import type { ContenderName } from "./contender.ts";
import type { Figures } from "./figures.ts";

export const MARKS: Readonly<Record<Verdict, string>> = { reached: "✓", missed: "✗", unclear: "?" };

/** For people: which server it was. */
export const SERVER_TITLES: Readonly<Record<Contestant, string>> = { conclave: "Conclave", apache: "Apache" };

/** One figure of ours and of Curator's, on one server. */
export interface Comparison {
  readonly figures: Figures;
  readonly server: Contestant;
  readonly name: string;
}

/** Median and spread of ours and of Curator's: four cells. */
export function cellsOf(comparison: Comparison): string[] {
  return [...cells(comparison, "conclave"), ...cells(comparison, "curator")];
}

/** Median of ours and of Curator's: two cells. */
export function mediansOf(comparison: Comparison): string[] {
  return [cells(comparison, "conclave")[0]!, cells(comparison, "curator")[0]!];
}

/** How many times better ours is, in the middle of the rounds; of what happens in a second more is better, of all else less. */
export function timesBetter({ figures, server, name }: Comparison, isMoreBetter: boolean): string {
  const ratios = figures.ratios(server, name).map((ratio) => (isMoreBetter ? ratio : 1 / ratio));
  return ratios.length === 0 ? "" : `${threeDigits(median(ratios))}×`;
}

/** Whether ours happens at least as often in a second as Curator's; `undefined` where one of both was not measured. */
export function rateVerdict({ figures, server, name }: Comparison): Verdict | undefined {
  const ratios = figures.ratios(server, name);
  return ratios.length === 0 ? undefined : compareRounds([1], ratios, 1);
}

function cells({ figures, server, name }: Comparison, contender: ContenderName): [string, string] {
  const summary = figures.summary(contender, server, name);
  return summary === undefined ? ["–", ""] : [threeDigits(summary.median), percent(summary.spread)];
}
