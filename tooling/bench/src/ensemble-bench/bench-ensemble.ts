import { apacheOnce } from "@conclave/services";
import { Command, InvalidArgumentError } from "commander";
import { roundsOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { summarize } from "../report/statistics.ts";
import { renderMarkdown, renderText, type Table } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import { LoadGenerator } from "../server-bench/load-generator.ts";
import { type BenchEnsemble, type EnsembleName, startEnsemble } from "./ensembles.ts";
import { type Figures, measureEnsemble } from "./measure-ensemble.ts";

interface Options {
  readonly rounds: number;
  readonly members: readonly number[];
  readonly observers: readonly number[];
  readonly markdown: boolean;
}

/** Numbers of members with a vote, and without one. */
interface Size {
  readonly members: number;
  readonly observers: number;
}

/** Figures of the rounds of one size, for each ensemble. */
type Rounds = ReadonlyMap<EnsembleName, Figures[]>;

/** Measures ensembles of our servers and of Apache's, with the same load on the same machine, and prints both. */
export async function benchEnsemble(args: readonly string[]): Promise<number> {
  const { rounds, members, observers, markdown } = parse(args);
  const progress = new Progress();
  if (process.platform !== "linux") {
    progress.line("This benchmark needs Linux: it reads CPU time and memory of the servers from /proc.");
    return 2;
  }
  const apache = await apacheOnce();
  if (!apache.available) progress.line(`… skipping Apache ZooKeeper: ${apache.reason}`);
  const names = apache.available ? (["conclave", "apache"] as const) : (["conclave"] as const);
  await using generator = await LoadGenerator.start(undefined);
  for (const size of members.flatMap((count) => observers.map((more) => ({ members: count, observers: more })))) {
    const figures: Rounds = new Map(names.map((name) => [name, []]));
    const ensembles: BenchEnsemble[] = [];
    try {
      for (const name of names) {
        ensembles.push(await startEnsemble(name, size, apache.available ? apache : undefined));
      }
      for (const ensemble of ensembles) await generator.run({ kind: "prepare", ...(await ensemble.target()) });
      // The first round lets the compilers of both optimize, and does not count.
      for (let round = 0; round <= rounds; round++) {
        for (const ensemble of round % 2 === 0 ? ensembles : [...ensembles].reverse()) {
          progress.show(
            `${bar(round / (rounds + 1))}  ${sizeText(size)} · round ${round} of ${rounds} · ${ensemble.name}`,
          );
          const measured = await measureEnsemble(ensemble, generator);
          if (round > 0) figures.get(ensemble.name)!.push(measured);
        }
      }
    } finally {
      await Promise.all(ensembles.map((ensemble) => ensemble.close()));
    }
    progress.clear();
    const table = tableOf(figures);
    process.stdout.write(
      `${sizeText(size)} each, medians of ${rounds} rounds after one of warm-up, ± to the farthest\n\n`,
    );
    process.stdout.write(`${markdown ? renderMarkdown(table) : renderText(table)}\n`);
  }
  return 0;
}

function sizeText({ members, observers }: Size): string {
  return `${members} members${observers === 0 ? "" : ` and ${observers} observers`}`;
}

function tableOf(figures: Rounds): Table {
  const ours = figures.get("conclave")!;
  const apache = figures.get("apache");
  const valuesOf = (rounds: readonly Figures[], name: string): number[] => rounds.map((round) => round.get(name)!);
  const cells = (values: readonly number[]): string[] => {
    const { median, spread } = summarize(values);
    return [threeDigits(median), `${Math.round(spread * 100)} %`];
  };
  const rows = [...ours[0]!.keys()].map((name) => {
    const own = valuesOf(ours, name);
    if (apache === undefined) return [name, ...cells(own), "", "", ""];
    const other = valuesOf(apache, name);
    const ratio = summarize(own).median / summarize(other).median;
    return [name, ...cells(own), ...cells(other), `${ratio.toFixed(2)}×`];
  });
  return {
    head: ["", "Conclave", "±", "Apache", "±", "Conclave / Apache"],
    align: ["left", "right", "right", "right", "right", "right"],
    rows,
  };
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench ensemble")
    .description("Compares ensembles of our servers with ones of Apache ZooKeeper's: same load, same machine.")
    .option("--rounds <count>", "number of rounds", roundsOption, 5)
    .option("--members <list>", "numbers of members with a vote, such as 3,5,7", countsOption(3), [3])
    .option("--observers <list>", "numbers of members without a vote, such as 0,2,4", countsOption(0), [0])
    .option("--markdown", "print the tables as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

/** Returns a parser of whole numbers from `least`, separated by commas. */
function countsOption(least: number): (text: string) => readonly number[] {
  return (text) => {
    const counts = text.split(",").map(Number);
    if (counts.every((count) => Number.isInteger(count) && count >= least && count <= 15)) return counts;
    throw new InvalidArgumentError(`They must be whole numbers from ${least} to 15, separated by commas.`);
  };
}
