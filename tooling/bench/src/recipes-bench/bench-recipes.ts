import { writeFile } from "node:fs/promises";
import { apacheOnce, prepareCurator } from "@conclave/services";
import { Command } from "commander";
import { roundsOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { type StartServer, startApache, startConclave } from "../server-bench/servers.ts";
import { curatorLibrary, type Library, OURS } from "./library.ts";
import { measureRecipes } from "./measure-recipes.ts";
import { FULL, type Plan, QUICK } from "./plan.ts";
import { asJson, asMarkdown, asText, type Run } from "./run-report.ts";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our recipes and Curator's on our server and on Apache's, and prints tables that compare them. */
export async function benchRecipes(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const progress = new Progress();
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  // The end of this process ends its servers and libraries; a signal must lead to that end.
  const leave = (): never => process.exit(1);
  process.once("SIGINT", leave).once("SIGTERM", leave);
  try {
    const { starts, serverTitles } = await servers(progress);
    const libraries = await availableLibraries(progress);
    const startedAt = new Date();
    const figures = await measureRecipes({
      plan,
      starts,
      libraries,
      progress: (step, share) => progress.show(`${bar(share)}  ${step}`),
    });
    progress.clear();
    const titles = [...libraries.map(({ title }) => title), ...serverTitles];
    const run: Run = { startedAt, seconds: (Date.now() - startedAt.getTime()) / 1000, plan, titles, figures };
    process.stdout.write(options.markdown ? asMarkdown(run) : asText(run));
    if (options.json !== undefined) await writeFile(options.json, asJson(run));
  } finally {
    process.off("SIGINT", leave).off("SIGTERM", leave);
  }
  return 0;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench recipes")
    .description(
      "Compares our recipes with Apache Curator's, on our server and on Apache ZooKeeper's: round trips, hand-overs of a mutex, failover of an election, double barriers.",
    )
    .option("--quick", "about a minute: a check that everything runs, not a comparison", false)
    .option("--rounds <count>", "number of rounds", roundsOption)
    .option("--json <file>", "write the figures of every round to a file")
    .option("--markdown", "print the tables as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

async function servers(progress: Progress): Promise<{ starts: StartServer[]; serverTitles: string[] }> {
  const starts: StartServer[] = [() => startConclave()];
  const serverTitles = ["Conclave's server"];
  const apache = await apacheOnce();
  if (apache.available) {
    starts.push(() => startApache(apache));
    serverTitles.push(`Apache ZooKeeper ${apache.zookeeper.version} on Java ${apache.java.version}`);
  } else {
    progress.line(`… skipping Apache ZooKeeper: ${apache.reason}`);
  }
  return { starts, serverTitles };
}

async function availableLibraries(progress: Progress): Promise<Library[]> {
  const curator = await prepareCurator({ progress: (step) => progress.line(`… ${step}`) });
  if (curator.available) return [OURS, await curatorLibrary(curator)];
  progress.line(`… skipping Curator: ${curator.reason}`);
  return [OURS];
}
