import { setTimeout as delay } from "node:timers/promises";
import { type Random, randomInt, seededRandom, systemRandom } from "@conclave/runtime";
import { Command } from "commander";
import colors from "picocolors";
import type { Member } from "../processes/ensemble-member.ts";
import { minutesOption, seedOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { Cluster } from "./cluster.ts";
import { Workload } from "./workload.ts";

interface Options {
  readonly minutes: number;
  readonly rounds?: number;
  readonly servers: number;
  readonly seed?: number;
}

const TICK_MS = 500;
/** Longer than the time after which members give each other up: five ticks. */
const PAUSE_MS = 6 * TICK_MS;
const CLIENTS = 4;

interface Fault {
  readonly name: string;
  /** Harms the cluster; resolves when it has harmed it. The cluster is repaired afterwards. */
  readonly run: (cluster: Cluster, random: Random) => Promise<void>;
}

const pick = <T>(each: readonly T[], random: Random): T => each[randomInt(random, each.length)]!;
const kill = (members: readonly Member[]): Promise<unknown> => Promise.all(members.map((member) => member.kill()));

async function pause(members: readonly Member[]): Promise<void> {
  for (const member of members) member.pause();
  await delay(PAUSE_MS);
  for (const member of members) member.resume();
}

const faults: readonly Fault[] = [
  { name: "SIGKILL of the leader", run: async ({ leader }) => leader?.kill() },
  { name: "SIGKILL of the leader", run: async ({ leader }) => leader?.kill() },
  { name: "SIGKILL of a follower", run: async ({ followers }, random) => pick(followers, random).kill() },
  {
    name: "SIGKILL of the leader and a follower",
    run: async ({ leader, followers }) => void (await kill([leader!, followers[0]!])),
  },
  { name: "SIGKILL of all", run: async ({ members }) => void (await kill(members)) },
  { name: "SIGTERM of the leader", run: async ({ leader }) => void (await leader?.stop()) },
  { name: "SIGSTOP of the leader", run: ({ leader }) => pause([leader!]) },
  { name: "SIGSTOP of a follower", run: ({ followers }, random) => pause([pick(followers, random)]) },
];

/**
 * Kills and pauses members of an ensemble, each a process, while clients write. Exits with 1 if an acknowledged write is lost at any
 * member, a set succeeds that could not, or a session is lost; prints the seed of the faults.
 */
export async function soakFailover(args: readonly string[]): Promise<number> {
  const { minutes, rounds = Number.POSITIVE_INFINITY, servers, seed = randomInt(systemRandom, 2 ** 31) } = parse(args);
  const random = seededRandom(seed);
  const progress = new Progress();
  const until = performance.now() + minutes * 60_000;
  const outages = new Map<string, number[]>();
  process.stdout.write(
    `Harming ${servers} servers for ${minutes} min, --seed ${seed}, Node.js ${process.versions.node}\n`,
  );
  await using cluster = await Cluster.start(servers, TICK_MS);
  const workload = await Workload.start(cluster.connectString, CLIENTS);
  let round = 0;
  try {
    for (; round < rounds && performance.now() < until; round++) {
      const fault = pick(faults, random);
      await workload.begin();
      await workload.nextAck();
      await delay(randomInt(random, 200));
      const harmedAt = performance.now();
      await fault.run(cluster, random);
      if (fault.name === "SIGKILL of the leader") note(outages, fault.name, (await workload.nextAck()) - harmedAt);
      await cluster.allServe();
      await workload.nextAck();
      await workload.end();
      for (const server of cluster.connectString.split(",")) {
        const found = await workload.violations(server);
        if (found.length > 0) throw new Error(`after ${fault.name} in round ${round}: ${found.slice(0, 5).join("; ")}`);
      }
      progress.show(
        `${bar(share(round, rounds, until, minutes))}  ${round} rounds, ${workload.acknowledged.length} writes`,
      );
    }
  } catch (error) {
    progress.clear();
    const reason = error instanceof Error ? error.message : String(error);
    process.stdout.write(`${colors.red("✗")} ${reason}\n\nTo repeat: pnpm soak failover --seed ${seed}\n`);
    return 1;
  } finally {
    await workload.close();
  }
  progress.clear();
  const { acknowledged, doubtful } = workload;
  process.stdout.write(
    `${colors.green("✓")} ${round} rounds; ${acknowledged.length} acknowledged writes, none lost at any server; ${doubtful} of unknown outcome; no session lost.\n`,
  );
  for (const [name, times] of outages) process.stdout.write(`${name}: ${shown(times)}\n`);
  return 0;
}

function share(round: number, rounds: number, until: number, minutes: number): number {
  return Number.isFinite(rounds) ? round / rounds : 1 - (until - performance.now()) / (minutes * 60_000);
}

function note(outages: Map<string, number[]>, name: string, ms: number): void {
  outages.set(name, [...(outages.get(name) ?? []), ms]);
}

function shown(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => `${Math.round(sorted[Math.floor(part * (sorted.length - 1))]!)} ms`;
  return `${sorted.length} times without writes for ${at(0.5)} (median), ${at(0)} to ${at(1)}`;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak failover")
    .description("Kills and pauses the servers of an ensemble while clients write; finds lost writes and sessions.")
    .option("--minutes <count>", "duration in minutes", minutesOption, 5)
    .option("--rounds <count>", "number of faults, if they take no longer", Number)
    .option("--servers <count>", "number of servers: 3 or more", Number, 3)
    .option("--seed <number>", "seed of the faults, to repeat them", seedOption)
    .parse(args, { from: "user" })
    .opts<Options>();
}
