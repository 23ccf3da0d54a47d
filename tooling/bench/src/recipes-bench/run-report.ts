import { loadavg } from "node:os";
import colors from "picocolors";
import { pin } from "../processes/pin.ts";
import { machine } from "../report/machine.ts";
import { type Paint, renderMarkdown, renderText, type Table } from "../report/table.ts";
import { costTable } from "./cost-table.ts";
import type { Figures } from "./figures.ts";
import { KILLED_SESSION_TIMEOUT_MS, type Plan } from "./plan.ts";
import { barrierTable, failOverTable, handOverTable } from "./rate-tables.ts";

/** Figures of a run, its time and its settings. */
export interface Run {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly plan: Plan;
  /** Versions of servers and libraries. */
  readonly titles: readonly string[];
  readonly figures: Figures;
}

interface Section {
  readonly title: string;
  readonly table: Table;
}

export function asText(run: Run): string {
  const marks: Readonly<Record<string, (text: string) => string>> = {
    "✓": colors.green,
    "✗": colors.red,
    "?": colors.yellow,
  };
  const paint: Paint = (text, row) => (row === undefined ? colors.dim(text) : (marks[text.trim()]?.(text) ?? text));
  const sections = sectionsOf(run).map(({ title, table }) => `\n${colors.bold(title)}\n\n${renderText(table, paint)}`);
  return [...sections, "\n", ...about(run).map((line) => `${colors.dim(line)}\n`)].join("");
}

export function asMarkdown(run: Run): string {
  const sections = sectionsOf(run).map(({ title, table }) => `#### ${title}\n\n${renderMarkdown(table)}\n`);
  return [...sections, about(run).join("\n\n"), "\n"].join("");
}

export function asJson(run: Run): string {
  return `${JSON.stringify({ ...run, machine: machine() }, null, 2)}\n`;
}

function sectionsOf({ figures, plan }: Run): readonly Section[] {
  return [
    { title: "Requests of each step", table: costTable(figures) },
    { title: "Hand-overs of a mutex", table: handOverTable(figures, plan) },
    { title: "Failover of an election", table: failOverTable(figures) },
    { title: "A double barrier, entered and left", table: barrierTable(figures, plan) },
  ];
}

function about({ startedAt, seconds, plan, titles }: Run): string[] {
  const { cores, cpu, memoryGib, system } = machine();
  const load = loadavg()[1]!.toFixed(1);
  return [
    `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}. ${titles.join(", ")}.`,
    `Medians of ${plan.rounds} rounds after ${plan.warmUps} of warm-up, ± to the farthest round; ${Math.round(seconds)} s in all, load ${load}. ${
      pin(process.pid, "both") ? "Servers and contenders on cores of their own." : "Cores not pinned."
    }`,
    `A killed leader's session takes ${KILLED_SESSION_TIMEOUT_MS / 1000} s to expire.`,
  ];
}
