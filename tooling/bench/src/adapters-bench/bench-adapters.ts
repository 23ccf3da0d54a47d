import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { Command } from "commander";
import colors from "picocolors";
import { machine } from "../report/machine.ts";
import { roundsOption } from "../report/options.ts";
import { Progress } from "../report/progress.ts";
import { type Paint, renderMarkdown, renderText } from "../report/table.ts";
import { callTable, MARK_COLUMN } from "./call-table.ts";
import { measureAdapters } from "./measure-adapters.ts";
import { FULL, type Plan, QUICK } from "./plan.ts";
import { queueTable } from "./queue-table.ts";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures the cost of guarded calls and guarded queues against bare ones, and prints tables. */
export async function benchAdapters(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const startedAt = new Date();
  const figures = await measureAdapters(plan, new Progress());
  const tables = [callTable(figures), queueTable(figures)];
  const about = aboutRun(startedAt, plan);
  const text = options.markdown
    ? [...tables.map(renderMarkdown), about]
    : [...tables.map((table) => renderText(table, paint)), colors.dim(about)];
  process.stdout.write(`${text.join("\n")}\n`);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ startedAt, plan, machine: machine(), figures }, null, 2)}\n`);
  }
  return 0;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench adapters")
    .description("Measures the cost of the plugins: compares guarded calls and queues with bare ones.")
    .option("--quick", "about a minute: a check that everything runs, not a comparison", false)
    .option("--rounds <count>", "number of rounds", roundsOption)
    .option("--json <file>", "write the figures of every round to a file")
    .option("--markdown", "print the tables as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

const MARK_COLORS: Readonly<Record<string, (text: string) => string>> = {
  "✓": colors.green,
  "✗": colors.red,
  "?": colors.yellow,
};

const paint: Paint = (text, row, column) => {
  if (row === undefined) return colors.dim(text);
  return column === MARK_COLUMN ? (MARK_COLORS[text.trim()]?.(text) ?? text) : text;
};

function aboutRun(startedAt: Date, { rounds, calls, jobs }: Plan): string {
  const { cores, cpu, memoryGib, system, node } = machine();
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  return [
    `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}, Node.js ${node}.`,
    `Medians of ${rounds} rounds of ${calls} calls and ${jobs} jobs, ± to the farthest round; ${seconds} s in all, load ${loadavg()[1]!.toFixed(1)}.`,
  ].join(" ");
}
