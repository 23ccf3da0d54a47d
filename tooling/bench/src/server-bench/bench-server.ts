import { writeFile } from "node:fs/promises";
import { apacheOnce, findCompilingJava } from "@conclave/services";
import { Command, InvalidArgumentError } from "commander";
import { bar, Progress } from "../progress.ts";
import { roundsOption } from "../rounds-option.ts";
import { CONTESTANTS, type Contestant } from "./contestant.ts";
import { LoadGenerator } from "./load-generator.ts";
import { measureServers } from "./measure-servers.ts";
import { cellsOf, FULL, type PartName, type Plan, QUICK } from "./plan.ts";
import { asJson, asMarkdown, asText, type Run, startRun } from "./run-report.ts";
import { type StartServer, startApache, startConclave } from "./servers.ts";

const PARTS: readonly PartName[] = [...cellsOf(FULL).map(({ name }) => name), "fresh"];
const FAN_OUT = "fan-out" satisfies PartName;

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly server: readonly Contestant[];
  readonly only: readonly PartName[];
  readonly profile?: string;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our server beside Apache's, and prints a table of what they showed. */
export async function benchServer(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const progress = new Progress();
  if (process.platform !== "linux") {
    progress.line("This bench reads what a server uses from /proc, which only Linux has.");
    return 2;
  }
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const { starts, titles } = await contestants(options, progress);
  if (starts.length === 0) return 1;
  const java = options.only.includes(FAN_OUT) ? await findCompilingJava() : undefined;
  if (options.only.includes(FAN_OUT) && java === undefined) {
    progress.line("… without fan-out: its load generator takes a Java that compiles (set JAVA_HOME to a JDK)");
  }
  // Servers are ended when this process exits, but not when a signal ends it.
  const leave = (): never => process.exit(1);
  process.once("SIGINT", leave).once("SIGTERM", leave);
  const finish = startRun(plan, titles);
  try {
    await using generator = await LoadGenerator.start(java);
    const figures = await measureServers({
      plan,
      starts,
      generator,
      parts: options.only.filter((part) => part !== FAN_OUT || java !== undefined),
      progress: (what, share) => progress.show(`${bar(share)}  ${what}`),
    });
    progress.clear();
    const run: Run = finish(figures);
    process.stdout.write(options.markdown ? asMarkdown(run) : asText(run));
    if (options.json !== undefined) await writeFile(options.json, asJson(run));
  } finally {
    process.off("SIGINT", leave).off("SIGTERM", leave);
  }
  return 0;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench server")
    .description(
      "Measures `conclave server` beside Apache ZooKeeper's, with the same zoo.cfg, from one load generator.",
    )
    .option("--quick", "less than a minute: enough to see that it runs, not to compare", false)
    .option("--rounds <count>", "how often each server has its turn", roundsOption)
    .option("--server <names>", `any of ${CONTESTANTS.join(",")}`, oneOf(CONTESTANTS), CONTESTANTS)
    .option("--only <loads>", `any of ${PARTS.join(",")}`, oneOf(PARTS), PARTS)
    .option("--profile <folder>", "write CPU profiles of our server there")
    .option("--json <file>", "write every round to a file")
    .option("--markdown", "print the table for a document", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function oneOf<T extends string>(names: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(",").map((asked) => {
      const name = names.find((each) => each === asked);
      if (name === undefined) throw new InvalidArgumentError(`There is ${names.join(", ")}.`);
      return name;
    });
}

async function contestants({ server, profile }: Options, progress: Progress) {
  const starts: StartServer[] = [];
  const titles: string[] = [];
  if (server.includes("conclave")) {
    const nodeArgs = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    starts.push(() => startConclave(nodeArgs));
    titles.push(`Conclave's server on Node.js ${process.versions.node}`);
  }
  if (server.includes("apache")) {
    const apache = await apacheOnce();
    if (apache.available) {
      starts.push(() => startApache(apache));
      titles.push(`Apache ZooKeeper ${apache.zookeeper.version} on Java ${apache.java.version}`);
    } else {
      progress.line(`… without Apache ZooKeeper: ${apache.reason}`);
    }
  }
  return { starts, titles };
}
