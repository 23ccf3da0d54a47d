import { CONTESTANTS } from "../server-bench/contestant.ts";
import { median } from "../statistics.ts";
import type { Table } from "../table.ts";
import type { Verdict } from "../verdict.ts";
import { MARKS } from "./comparison.ts";
import type { ContenderName } from "./contender.ts";
import { COSTS, type CostStep, costFigure } from "./costs.ts";
import type { Figures } from "./figures.ts";

/** Round trips and requests of each step. Where they differ from server to server, both are told, Conclave's first. */
export function costTable(figures: Figures): Table {
  return {
    head: ["", "round trips", "Curator's", "", "requests", "Curator's"],
    align: ["left", "right", "right", "left", "right", "right"],
    rows: COSTS.flatMap((cost, index) => {
      const verdict = costVerdict(figures, cost);
      const row = [
        cost.title,
        show(counts(figures, "conclave", cost, "roundTrips")),
        show(counts(figures, "curator", cost, "roundTrips")),
        verdict === undefined ? "" : MARKS[verdict],
        show(counts(figures, "conclave", cost, "requests")),
        show(counts(figures, "curator", cost, "requests")),
      ];
      const isNewRecipe = index > 0 && family(COSTS[index - 1]!) !== family(cost);
      return isNewRecipe ? [null, row] : [row];
    }),
  };
}

/** Whether ours takes no more round trips than Curator's, on each server. */
export function costVerdict(figures: Figures, cost: CostStep): Verdict | undefined {
  const ours = counts(figures, "conclave", cost, "roundTrips");
  const theirs = counts(figures, "curator", cost, "roundTrips");
  if (ours.length === 0 || ours.length !== theirs.length) return undefined;
  return ours.every((count, index) => count <= theirs[index]!) ? "reached" : "missed";
}

/** One for each server on which it was counted. */
function counts(
  figures: Figures,
  contender: ContenderName,
  cost: CostStep,
  what: "requests" | "roundTrips",
): readonly number[] {
  return CONTESTANTS.map((server) => figures.rounds(contender, server, costFigure(cost, what)))
    .filter((rounds) => rounds.length > 0)
    .map(median);
}

function show(each: readonly number[]): string {
  return each.length === 0 ? "–" : [...new Set(each)].join(" / ");
}

function family({ title }: CostStep): string {
  return title.split(":")[0]!;
}
