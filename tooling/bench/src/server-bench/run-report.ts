import { loadavg } from "node:os";
import colors from "picocolors";
import { pin } from "../processes/pin.ts";
import { machine } from "../report/machine.ts";
import { type Paint, renderMarkdown, renderText } from "../report/table.ts";
import type { Figures } from "./figures.ts";
import { generatorCosts } from "./generator-costs.ts";
import type { Plan } from "./plan.ts";
import { verdictOf } from "./result-line.ts";
import { resultLines } from "./result-lines.ts";
import { MARK_COLUMN, resultTable, SPREAD_COLUMNS } from "./result-table.ts";

/** Figures of a run, its time and its settings. */
export interface Run {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly plan: Plan;
  /** Versions of the servers. */
  readonly titles: readonly string[];
  /** Load average of the last five minutes, at the end. */
  readonly load: number;
  /** True if server and load generator had separate cores in loads of single requests. */
  readonly isPinned: boolean;
  readonly figures: Figures;
}

/** Starts a run; the returned function ends it. */
export function startRun(plan: Plan, titles: readonly string[]): (figures: Figures) => Run {
  const startedAt = new Date();
  return (figures) => ({
    startedAt,
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    plan,
    titles,
    load: loadavg()[1]!,
    isPinned: pin(process.pid, "both"),
    figures,
  });
}

export function asText(run: Run): string {
  const marks: Readonly<Record<string, (text: string) => string>> = {
    "✓": colors.green,
    "✗": colors.red,
    "?": colors.yellow,
  };
  const paint: Paint = (text, row, column) => {
    if (row === undefined || SPREAD_COLUMNS.includes(column)) return colors.dim(text);
    return column === MARK_COLUMN ? (marks[text.trim()]?.(text) ?? text) : text;
  };
  const notes = about(run).map((line) => `${colors.dim(line)}\n`);
  return ["\n", renderText(resultTable(run.figures, resultLines(run.plan)), paint), "\n", ...notes].join("");
}

export function asMarkdown(run: Run): string {
  const notes = about(run).map((line) => `\n${line}\n`);
  return [renderMarkdown(resultTable(run.figures, resultLines(run.plan))), ...notes].join("");
}

export function asJson({ figures, ...run }: Run): string {
  const lines = resultLines(run.plan).flat();
  const verdicts = Object.fromEntries(
    lines.flatMap((line) =>
      line.target === undefined ? [] : [[line.figure, verdictOf(figures, line) ?? "unmeasured"]],
    ),
  );
  return `${JSON.stringify({ ...run, machine: machine(), verdicts, figures }, null, 2)}\n`;
}

function about({ startedAt, seconds, plan, titles, load, isPinned, figures }: Run): string[] {
  const { cores, cpu, memoryGib, system } = machine();
  return [
    `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}. ${titles.join(", ")}.`,
    `Medians of ${plan.rounds} rounds after ${plan.warmUps} of warm-up, ± to the farthest round; ${Math.round(seconds)} s in all, load ${load.toFixed(1)}. ${
      isPinned
        ? "One at a time: server and load generator on cores of their own."
        : "Cores not pinned: figures of single requests depend on the scheduler."
    }`,
    ...generatorCosts(figures),
  ];
}
