import { writeFile } from "node:fs/promises";
import { apacheOnce, prepareCurator } from "@conclave/services";
import { Command } from "commander";
import { bar, Progress } from "../progress.ts";
import { roundsOption } from "../rounds-option.ts";
import { type StartServer, startApache, startConclave } from "../server-bench/servers.ts";
import { type Contender, curatorContender, OURS } from "./contender.ts";
import { measureRecipes } from "./measure-recipes.ts";
import { FULL, type Plan, QUICK } from "./plan.ts";
import { asJson, asMarkdown, asText, type Run } from "./run-report.ts";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our recipes beside Curator's, on our server and on Apache's, and prints tables of what they showed. */
export async function benchRecipes(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const progress = new Progress();
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  // Servers and contenders are ended when this process exits, but not when a signal ends it.
  const leave = (): never => process.exit(1);
  process.once("SIGINT", leave).once("SIGTERM", leave);
  try {
    const { starts, serverTitles } = await servers(progress);
    const contenders = await contendersThatAreThere(progress);
    const startedAt = new Date();
    const figures = await measureRecipes({
      plan,
      starts,
      contenders,
      progress: (what, share) => progress.show(`${bar(share)}  ${what}`),
    });
    progress.clear();
    const titles = [...contenders.map(({ title }) => title), ...serverTitles];
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
      "Measures our recipes beside Apache Curator's, on our server and on Apache ZooKeeper's: round trips, hand-overs of a mutex, fail-over of an election, double barriers.",
    )
    .option("--quick", "about a minute: enough to see that it runs, not to compare", false)
    .option("--rounds <count>", "how often each has its turn", roundsOption)
    .option("--json <file>", "write every round to a file")
    .option("--markdown", "print the tables for a document", false)
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
    progress.line(`… without Apache ZooKeeper: ${apache.reason}`);
  }
  return { starts, serverTitles };
}

async function contendersThatAreThere(progress: Progress): Promise<Contender[]> {
  const curator = await prepareCurator({ progress: (what) => progress.line(`… ${what}`) });
  if (curator.available) return [OURS, await curatorContender(curator)];
  progress.line(`… without Curator: ${curator.reason}`);
  return [OURS];
}
