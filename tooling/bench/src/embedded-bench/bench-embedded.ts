import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { machine } from "../report/machine.ts";
import { roundsOption } from "../report/options.ts";
import { Progress } from "../report/progress.ts";
import { renderMarkdown, renderText, type Table } from "../report/table.ts";
import { costTable } from "./cost-table.ts";
import { measureBlock } from "./measure-block.ts";
import { measureEmbedded } from "./measure-embedded.ts";
import { measureLinks } from "./measure-links.ts";
import { FULL, type Plan, QUICK } from "./plan.ts";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly block?: number;
  readonly links: boolean;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures an app that carries a member of an ensemble, compared with the same app with servers beside it, and with neither. */
export async function benchEmbedded(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const progress = new Progress();
  if (process.platform !== "linux") {
    progress.line("This benchmark needs Linux: it reads CPU time and memory of the processes from /proc.");
    return 2;
  }
  const startedAt = new Date();
  const print = (table: Table, about: string): void => {
    process.stdout.write(`${options.markdown ? renderMarkdown(table) : renderText(table)}\n${about}\n`);
  };
  if (options.block !== undefined) {
    const table = await measureBlock(options.block, progress);
    print(table, `${aboutRun(startedAt)} The leader's event loop was blocked for ${options.block} s, once a row.`);
    return 0;
  }
  if (options.links) {
    print(await measureLinks(), `${aboutRun(startedAt)} A server that answers with bytes and does nothing else.`);
    return 0;
  }
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const figures = await measureEmbedded(plan, progress);
  const { rounds, loadSeconds } = plan;
  print(
    costTable(figures),
    `${aboutRun(startedAt)} Medians of ${rounds} rounds after one of warm-up, ${loadSeconds} s for each load, ± to the farthest.`,
  );
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ startedAt, plan, machine: machine(), figures }, null, 2)}\n`);
  }
  return 0;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench embedded")
    .description("Measures the cost of carrying a member of an ensemble: memory, idle CPU, and latency of requests.")
    .option("--quick", "two minutes: a check that everything runs, not a comparison", false)
    .option("--rounds <count>", "number of rounds", roundsOption)
    .option(
      "--block <seconds>",
      "instead, block the event loop of the leader for so long, once in each thread",
      blockOption,
    )
    .option("--links", "instead, compare a socket and messages as links to a worker thread", false)
    .option("--json <file>", "write the figures of every round to a file")
    .option("--markdown", "print the table as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function blockOption(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 to 999.");
  return Number(text);
}

function aboutRun(startedAt: Date): string {
  const { cores, cpu, memoryGib, system, node } = machine();
  return `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}, Node.js ${node}, load ${loadavg()[1]!.toFixed(1)}.`;
}
