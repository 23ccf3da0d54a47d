import type { Table } from "../report/table.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import type { Verdict } from "../report/verdict.ts";
import type { Figures } from "./figures.ts";
import { type LineTarget, PER_UNIT, type ResultLine, timesBetter, verdictOf } from "./result-line.ts";
import { SERVER_TITLES, type ServerName } from "./server-name.ts";

const MARKS: Readonly<Record<Verdict, string>> = { reached: "✓", missed: "✗", unclear: "?" };

/** Index of the column with the result of the comparison. */
export const MARK_COLUMN = 8;
/** Indexes of the columns with spreads. */
export const SPREAD_COLUMNS: readonly number[] = [3, 5];

/** Returns the table of all figures that were measured. */
export function resultTable(figures: Figures, groups: readonly (readonly ResultLine[])[]): Table {
  const shown = groups
    .map((lines) =>
      lines.filter(
        ({ figure }) =>
          figures.rounds("conclave", figure).length > 0 || figures.rounds(figures.peer, figure).length > 0,
      ),
    )
    .filter((lines) => lines.length > 0);
  return {
    head: ["", "", SERVER_TITLES.conclave, "±", SERVER_TITLES[figures.peer], "±", "times better", "target", ""],
    align: ["left", "left", "right", "right", "right", "right", "right", "right", "left"],
    rows: shown.flatMap((lines, index) => [...(index === 0 ? [] : [null]), ...lines.map((line) => row(figures, line))]),
  };
}

function row(figures: Figures, line: ResultLine): string[] {
  const cells = (serverName: ServerName): string[] => {
    const summary = figures.summary(serverName, line.figure);
    return summary === undefined
      ? ["–", ""]
      : [threeDigits(summary.median / PER_UNIT[line.unit]), percent(summary.spread)];
  };
  const times = timesBetter(figures, line);
  const verdict = verdictOf(figures, line);
  return [
    line.title,
    line.unit,
    ...cells("conclave"),
    ...cells(figures.peer),
    times === undefined ? "" : `${threeDigits(times)}×`,
    line.target === undefined || ("times" in line.target && figures.peer === "other") ? "" : targetText(line.target),
    verdict === undefined ? "" : MARKS[verdict],
  ];
}

function targetText(target: LineTarget): string {
  return "atMost" in target ? `≤ ${target.atMost}` : `${target.times}×`;
}
