import { setTimeout as delay } from "node:timers/promises";
import { randomInt, seededRandom, systemRandom } from "@conclave/runtime";
import { Command } from "commander";
import colors from "picocolors";
import type { FailOver } from "../processes/fail-over.ts";
import { minutesOption, roundsOption, seedOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { percentile } from "../report/statistics.ts";
import { renderText } from "../report/table.ts";
import { Cluster } from "./cluster.ts";
import { faultsFor, harm, TICK_MS } from "./faults.ts";
import { Workload } from "./workload.ts";

interface Options {
  readonly minutes: number;
  readonly rounds?: number;
  readonly from: number;
  readonly servers: number;
  readonly seed?: number;
  readonly only?: string;
}

const CLIENTS = 4;

/** Rounds of a fault, and its fail-overs. */
interface Record {
  rounds: number;
  readonly failOvers: FailOver[];
}

/**
 * Harms members of an ensemble, each a process, while clients read and write. Exits with 1 if an acknowledged write is lost at any
 * member, the sets, and the reads after a sync, have no order, or a session is lost; prints the seed and round of the fault.
 */
export async function soakFailover(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const { minutes, rounds = Number.POSITIVE_INFINITY, from, servers } = options;
  const { seed = randomInt(systemRandom, 2 ** 31) } = options;
  const progress = new Progress();
  await using cluster = await Cluster.start(servers, TICK_MS);
  const { faults, missing } = faultsFor(cluster.equipment);
  const chosen = faults.filter(({ name }) => name.includes(options.only ?? ""));
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`Harming ${servers} servers, --seed ${seed}, Node.js ${process.versions.node}`);
  for (const reason of missing) print(`… skipping faults: ${reason}`);
  if (chosen.length === 0) {
    print(`No fault has this name. Faults: ${faults.map(({ name }) => name).join("; ")}`);
    return 2;
  }
  const records = new Map<string, Record>(chosen.map(({ name }) => [name, { rounds: 0, failOvers: [] }]));
  const until = performance.now() + minutes * 60_000;
  const workload = await Workload.start(cluster.connectString, CLIENTS);
  let round = from;
  let name = "the start";
  try {
    for (; round < from + rounds && performance.now() < until; round++) {
      // Each round has its own seed, so that a run can continue from any of them.
      const random = seededRandom(seed + round);
      const fault = chosen[randomInt(random, chosen.length)]!;
      name = fault.name;
      await workload.begin(round);
      await workload.nextAck();
      await delay(randomInt(random, 200));
      const failOver = await harm(cluster, fault, random);
      await cluster.allServe();
      await workload.nextAck();
      await workload.end();
      await check(cluster, workload, "last");
      const record = records.get(name)!;
      record.rounds++;
      if (failOver !== undefined) record.failOvers.push(failOver);
      const share = Number.isFinite(rounds)
        ? (round - from) / rounds
        : 1 - (until - performance.now()) / minutes / 60_000;
      progress.show(`${bar(share)}  round ${round}, ${workload.acknowledged.length} writes, ${name}`);
    }
    await check(cluster, workload, "all");
  } catch (error) {
    progress.clear();
    const reason = error instanceof Error ? error.message : String(error);
    print(`${colors.red("✗")} ${name}, in round ${round}: ${reason}\n`);
    print(`To repeat: pnpm soak failover --servers ${servers} --seed ${seed} --from ${round} --rounds 1`);
    return 1;
  } finally {
    await workload.close();
  }
  progress.clear();
  const { acknowledged, doubtful, reads, longestMs } = workload;
  print(
    `${colors.green("✓")} ${round - from} rounds; ${acknowledged.length} acknowledged writes, none lost at any server; ` +
      `${doubtful} of unknown outcome; ${reads} reads after a sync, and all sets, in one order; no session lost.`,
  );
  print(`Longest time without an acknowledged write: ${Math.round(longestMs)} ms.\n`);
  process.stdout.write(table(records));
  return 0;
}

async function check(cluster: Cluster, workload: Workload, rounds: "last" | "all"): Promise<void> {
  for (const member of cluster.members) {
    const found = await workload.violations(cluster.connectStringOf([member]), rounds);
    if (found.length > 0) throw new Error(found.slice(0, 5).join("; "));
  }
}

/** Renders the times of all fail-overs by fault: p50, p99 and the longest, in milliseconds. */
function table(records: ReadonlyMap<string, Record>): string {
  const times = (values: readonly number[]): string =>
    values.length === 0 ? "" : [0.5, 0.99, 1].map((share) => Math.round(percentile(values, share))).join(" / ");
  const all = [...records.values()].flatMap(({ failOvers }) => failOvers);
  const cells = (name: string, count: number, failOvers: readonly FailOver[]): string[] => [
    ...[name, String(count)],
    times(failOvers.map(({ detectedMs }) => detectedMs)),
    times(failOvers.map(({ recoveredMs }) => recoveredMs)),
    times(failOvers.map(({ detectedMs, recoveredMs }) => detectedMs + recoveredMs)),
  ];
  return renderText({
    head: ["p50 / p99 / longest, ms", "rounds", "until detected", "after detection", "fail-over"],
    align: ["left", "right", "right", "right", "right"],
    rows: [
      ...[...records].map(([name, { rounds, failOvers }]) => cells(name, rounds, failOvers)),
      null,
      cells("all fail-overs", all.length, all),
    ],
  });
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak failover")
    .description(
      "Kills, pauses and disconnects the servers of an ensemble, fills their disks and sets their clocks, while clients read and " +
        "write; finds lost writes, lost sessions and histories without an order.",
    )
    .option("--minutes <count>", "duration in minutes", minutesOption, 5)
    .option("--rounds <count>", "number of faults, if they take no longer", roundsOption)
    .option("--from <round>", "number of the first round, to continue an earlier run", Number, 0)
    .option("--servers <count>", "number of servers: 3 or more", Number, 3)
    .option("--seed <number>", "seed of the faults, to repeat them", seedOption)
    .option("--only <text>", "only faults whose name contains the text")
    .parse(args, { from: "user" })
    .opts<Options>();
}
