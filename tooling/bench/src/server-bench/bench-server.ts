import { writeFile } from "node:fs/promises";
import { apacheOnce, findCompilingJava } from "@conclave/services";
import { Command, InvalidArgumentError } from "commander";
import { roundsOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { LoadGenerator } from "./load-generator.ts";
import { measureServers } from "./measure-servers.ts";
import { cellsOf, FULL, type PartName, type Plan, QUICK } from "./plan.ts";
import { asJson, asMarkdown, asText, type Run, startRun } from "./run-report.ts";
import { SERVER_NAMES, type ServerName } from "./server-name.ts";
import { type StartServer, startApache, startConclave } from "./servers.ts";

const PARTS: readonly PartName[] = [...cellsOf(FULL).map(({ name }) => name), "fresh"];
const FAN_OUT = "fan-out" satisfies PartName;

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly server: readonly ServerName[];
  readonly other?: string;
  readonly only: readonly PartName[];
  readonly profile?: string;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our server and Apache's, and prints a table that compares them. */
export async function benchServer(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const progress = new Progress();
  if (process.platform !== "linux") {
    progress.line("This benchmark needs Linux: it reads CPU time and memory of a server from /proc.");
    return 2;
  }
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const { starts, titles } = await selectServers(options, progress);
  if (starts.length === 0) return 1;
  const java = options.only.includes(FAN_OUT) ? await findCompilingJava() : undefined;
  if (options.only.includes(FAN_OUT) && java === undefined) {
    progress.line("… skipping fan-out: its load generator needs a Java compiler (set JAVA_HOME to a JDK)");
  }
  // The end of this process ends its servers; a signal must lead to that end.
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
      progress: (step, share) => progress.show(`${bar(share)}  ${step}`),
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
    .description("Compares `conclave server` with Apache ZooKeeper's server: same zoo.cfg, same load generator.")
    .option("--quick", "less than a minute: a check that everything runs, not a comparison", false)
    .option("--rounds <count>", "number of rounds", roundsOption)
    .option("--server <names>", `any of ${SERVER_NAMES.join(",")}`, oneOf(SERVER_NAMES), SERVER_NAMES)
    .option("--other <checkout>", "compare with another built checkout of this repository instead of Apache's server")
    .option("--only <loads>", `any of ${PARTS.join(",")}`, oneOf(PARTS), PARTS)
    .option("--profile <folder>", "write CPU profiles of our server to a folder")
    .option("--json <file>", "write the figures of every round to a file")
    .option("--markdown", "print the table as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function oneOf<T extends string>(names: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(",").map((given) => {
      const name = names.find((each) => each === given);
      if (name === undefined) throw new InvalidArgumentError(`Known names are ${names.join(", ")}.`);
      return name;
    });
}

async function selectServers({ server, other, profile }: Options, progress: Progress) {
  const starts: StartServer[] = [];
  const titles: string[] = [];
  if (server.includes("conclave")) {
    const nodeArgs = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    starts.push(() => startConclave({ nodeArgs }));
    titles.push(`Conclave's server on Node.js ${process.versions.node}`);
  }
  if (other !== undefined) {
    starts.push(() => startConclave({ checkout: other }));
    titles.push(`compared with the one of ${other}`);
  } else if (server.includes("apache")) {
    const apache = await apacheOnce();
    if (apache.available) {
      starts.push(() => startApache(apache));
      titles.push(`Apache ZooKeeper ${apache.zookeeper.version} on Java ${apache.java.version}`);
    } else {
      progress.line(`… skipping Apache ZooKeeper: ${apache.reason}`);
    }
  }
  return { starts, titles };
}
