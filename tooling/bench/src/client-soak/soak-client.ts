import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Random, randomInt, seededRandom, systemRandom } from "@conclave/runtime";
import { Command } from "commander";
import colors from "picocolors";
import { machine } from "../report/machine.ts";
import { minutesOption, seedOption } from "../report/options.ts";
import { Progress } from "../report/progress.ts";
import { sparkline } from "../report/sparkline.ts";
import { SoakEnvironment } from "./environment.ts";
import { FAULTS, shuffledFaults } from "./faults.ts";
import type { Sample } from "./sample.ts";
import { judge, type Verdict } from "./verdict.ts";

interface Options {
  readonly minutes: number;
  readonly seed?: number;
  readonly json?: string;
}

const SESSION_TIMEOUT_MS = 2_000;
const SAMPLE_EVERY_MS = 4_000;
const SAMPLE_LIMIT_MS = 60_000;
/** The heap of a new process grows at first, because code is compiled and tables reach their size. */
const WARM_UP_SHARE = 0.2;
const MAX_VIOLATIONS = 10;

/** Uses a client for minutes while connections and servers fail. Checks results, watches, heap and resources. */
export async function soakClient(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const seed = options.seed ?? randomInt(systemRandom, 2 ** 31);
  const lengthMs = options.minutes * 60_000;
  const violations: string[] = [];
  const progress = new Progress();
  const { cores, cpu, node } = machine();
  print(`Soaking the client for ${options.minutes} min, --seed ${seed}, Node.js ${node}, ${cores} × ${cpu}\n`);
  const environment = await SoakEnvironment.start({ seed, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  try {
    environment.client.onReport((report) => {
      if (report.type === "violation") violations.push(report.text);
    });
    await environment.client.next("ready", 20_000);
    const samples = await soak(environment, seededRandom(seed), lengthMs, violations, progress);
    environment.client.send({ type: "close" });
    const { left } = await environment.client.next("closed", SAMPLE_LIMIT_MS);
    if (left.length > 0) violations.push(`after close() the client keeps its process alive with ${left.join(", ")}`);
    const verdict = judge(samples, lengthMs * WARM_UP_SHARE);
    // After a violation the heap is not judged: the soak ended early.
    const problems = violations.length > 0 ? violations.slice(0, MAX_VIOLATIONS) : verdict.problems;
    print(summary(samples, verdict, problems, seed));
    if (options.json !== undefined) {
      await writeFile(
        options.json,
        `${JSON.stringify({ seed, machine: machine(), verdict, violations, samples }, null, 2)}\n`,
      );
    }
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    progress.clear();
    const texts = [...violations.slice(0, MAX_VIOLATIONS), error instanceof Error ? error.message : String(error)];
    print(failed(texts, seed));
    return 1;
  } finally {
    await environment.close();
  }
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm soak client")
    .description(
      "Uses @conclave/client through a proxy that breaks its connections, and checks its results and its heap.",
    )
    .option("--minutes <count>", "duration in minutes", minutesOption, 5)
    .option("--seed <number>", "seed of faults and operations, to repeat a run", seedOption)
    .option("--json <file>", "write all samples to a file")
    .parse(args, { from: "user" })
    .opts<Options>();
}

/** Injects faults until the time is over or there is a violation, and takes a sample every few seconds. */
async function soak(
  environment: SoakEnvironment,
  random: Random,
  lengthMs: number,
  violations: readonly string[],
  progress: Progress,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  let faults: string[] = [];
  let sampleAt = SAMPLE_EVERY_MS;
  while (elapsed() < lengthMs && violations.length === 0) {
    if (faults.length === 0) faults = shuffledFaults(random);
    const name = faults.pop()!;
    progress.show(`${clock(elapsed())}  ${name} …`);
    await FAULTS[name]!({
      proxy: environment.proxy,
      random,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      restartServer: (how) => environment.restartServer(how),
    });
    environment.proxy.heal();
    await delay(randomInt(random, 500));
    if (elapsed() < sampleAt) continue;
    sampleAt = elapsed() + SAMPLE_EVERY_MS;
    environment.client.send({ type: "sample" });
    const { type: _, ...rest } = await environment.client.next("sample", SAMPLE_LIMIT_MS);
    samples.push({ ...rest, atMs: elapsed() });
    progress.line(lineOf(samples));
  }
  progress.clear();
  return samples;
}

const count = new Intl.NumberFormat("en-US");

function lineOf(samples: readonly Sample[]): string {
  const { atMs, heapBytes, resources, endings, reconnects, expiries } = samples.at(-1)!;
  const total = Object.values(endings).reduce((sum, each) => sum + each, 0);
  return [
    clock(atMs),
    `heap ${megabytes(heapBytes)} ${sparkline(samples.slice(-24).map((sample) => sample.heapBytes)).padEnd(24)}`,
    `${count.format(total)} operations`,
    `${reconnects} reconnects`,
    `${expiries} expiries`,
    colors.dim(`${resources.TCPSocketWrap ?? 0} sockets, ${resources.Timeout ?? 0} timers`),
  ].join("  ");
}

function summary(samples: readonly Sample[], verdict: Verdict, problems: readonly string[], seed: number): string {
  const last = samples.at(-1);
  if (last === undefined) return failed(problems, seed);
  const { endings, watches, reconnects, expiries } = last;
  const total = Object.values(endings).reduce((sum, each) => sum + each, 0);
  const heap = `${megabytes(verdict.heapBefore)} → ${megabytes(verdict.heapAfter)}`;
  const figures = [
    ["operations", `${count.format(total)}, each settled`],
    [
      "",
      `${count.format(endings.done)} done, ${count.format(endings["not-applied"])} not applied, ${count.format(endings.unknown)} unknown, ${count.format(endings.rejected)} rejected`,
    ],
    [
      "watches",
      `${count.format(watches.changes)} ended by a change, ${count.format(watches.sessionsEnded)} by the end of their session`,
    ],
    ["connections", `${count.format(reconnects)} reconnects, ${count.format(expiries)} expired sessions`],
    [
      "heap",
      `${heap} (${verdict.growth >= 0 ? "+" : ""}${(verdict.growth * 100).toFixed(2)} %), first and last third after the warm-up`,
    ],
    ["", sparkline(samples.map(({ heapBytes }) => heapBytes))],
    [
      "at the end",
      Object.entries(last.resources)
        .map(([kind, number]) => `${number} ${kind}`)
        .join(", "),
    ],
  ];
  const lines = figures.map(([name, text]) => `  ${name!.padEnd(12)}${text}\n`).join("");
  const passed = `${colors.green("✓")} The heap is flat, and every operation settled with a true outcome.\n`;
  return `\n${lines}\n${problems.length === 0 ? passed : failed(problems, seed)}`;
}

function failed(problems: readonly string[], seed: number): string {
  const lines = problems.map((problem) => `${colors.red("✗")} ${problem}\n`);
  return `${lines.join("")}\nTo repeat the faults: pnpm soak client --seed ${seed}\n`;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function print(text: string): void {
  process.stdout.write(text);
}
