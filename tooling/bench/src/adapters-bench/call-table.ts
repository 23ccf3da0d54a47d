import { percentile, summarize } from "../report/statistics.ts";
import type { Table } from "../report/table.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import type { Verdict } from "../report/verdict.ts";
import type { Figures, Framework } from "./figures.ts";
import { CHECK_TARGET_US } from "./plan.ts";

/** A guarded call. Only a leader check, which needs no request, has a target. */
interface CallLine {
  readonly framework: Framework;
  readonly name: string;
  readonly title: string;
  readonly isLeaderCheck: boolean;
}

const LINES: readonly CallLine[] = [
  { framework: "nest", name: "@LeaderOnly", title: "NestJS, @LeaderOnly", isLeaderCheck: true },
  { framework: "nest", name: "@Locked", title: "NestJS, @Locked", isLeaderCheck: false },
  { framework: "express", name: "leaderOnly()", title: "Express, leaderOnly()", isLeaderCheck: true },
  { framework: "express", name: "ownedBy()", title: "Express, ownedBy()", isLeaderCheck: false },
];

const MARKS: Readonly<Record<Verdict, string>> = { reached: "✓", missed: "✗", unclear: "?" };

/** Index of the column with the result of the comparison. */
export const MARK_COLUMN = 6;

/** Returns the table of guarded calls, compared with bare calls. */
export function callTable(figures: Figures): Table {
  return {
    head: ["call", "bare, µs", "guarded, µs", "costs, µs", "±", "target", ""],
    align: ["left", "right", "right", "right", "right", "right", "left"],
    rows: LINES.map(({ framework, name, title, isLeaderCheck }) => {
      const costs = figures.costs(framework, name);
      const { median, spread } = summarize(costs);
      return [
        title,
        threeDigits(summarize(figures.calls(framework, "bare")).median),
        threeDigits(summarize(figures.calls(framework, name)).median),
        threeDigits(median),
        percent(spread),
        isLeaderCheck ? `≤ ${CHECK_TARGET_US}` : "",
        isLeaderCheck ? MARKS[costVerdict(costs, CHECK_TARGET_US)] : "",
      ];
    }),
  };
}

/** Compares costs with a target in microseconds, by the middle half of the rounds. */
export function costVerdict(costsUs: readonly number[], targetUs: number): Verdict {
  if (percentile(costsUs, 0.75) <= targetUs) return "reached";
  return percentile(costsUs, 0.25) > targetUs ? "missed" : "unclear";
}
