import { median } from "../report/statistics.ts";
import type { Table } from "../report/table.ts";
import type { Verdict } from "../report/verdict.ts";
import { SERVER_NAMES } from "../server-bench/server-name.ts";
import { MARKS } from "./comparison.ts";
import { COSTS, type CostStep, costFigure } from "./costs.ts";
import type { Figures } from "./figures.ts";
import type { LibraryName } from "./library.ts";

/**
 * Returns the table of round trips and requests of each step. Where servers differ, a cell has both counts, Conclave's
 * first.
 */
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

/** Checks that ours takes no more round trips than Curator's on each server. */
export function costVerdict(figures: Figures, cost: CostStep): Verdict | undefined {
  const ours = counts(figures, "conclave", cost, "roundTrips");
  const theirs = counts(figures, "curator", cost, "roundTrips");
  if (ours.length === 0 || ours.length !== theirs.length) return undefined;
  return ours.every((count, index) => count <= theirs[index]!) ? "reached" : "missed";
}

/** Returns the counts on the servers on which the step was measured. */
function counts(
  figures: Figures,
  library: LibraryName,
  cost: CostStep,
  metric: "requests" | "roundTrips",
): readonly number[] {
  return SERVER_NAMES.map((server) => figures.rounds(library, server, costFigure(cost, metric)))
    .filter((rounds) => rounds.length > 0)
    .map(median);
}

function show(each: readonly number[]): string {
  return each.length === 0 ? "–" : [...new Set(each)].join(" / ");
}

function family({ title }: CostStep): string {
  return title.split(":")[0]!;
}
