import { connect } from "@conclave/client";
import { apacheOnce } from "@conclave/services";
import { Command } from "commander";
import { roundsOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { summarize } from "../report/statistics.ts";
import { renderText } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import type { Job, JobTarget } from "../server-bench/load/job.ts";
import { LoadGenerator } from "../server-bench/load-generator.ts";
import { residentBytes } from "../server-bench/process-usage.ts";
import { type BenchEnsemble, startEnsemble } from "./ensembles.ts";

interface Options {
  readonly rounds: number;
  readonly servers: number;
}

/** Figures of all rounds, by name. */
type Figures = Map<string, number[]>;

const BUSY = { connections: 12, inFlight: 64 };
const ALONE = { connections: 3, inFlight: 1 };
const MIB = 1024 * 1024;

const loads: readonly { readonly name: string; readonly job: (target: JobTarget) => Job }[] = [
  { name: "set", job: (target) => ({ kind: "operations", operation: "set", ...BUSY, count: 20_000, ...target }) },
  { name: "create", job: (target) => ({ kind: "operations", operation: "create", ...BUSY, count: 10_000, ...target }) },
  { name: "get", job: (target) => ({ kind: "operations", operation: "get", ...BUSY, count: 60_000, ...target }) },
  {
    name: "set, depth 1",
    job: (target) => ({ kind: "operations", operation: "set", ...ALONE, count: 1_500, ...target }),
  },
];

/** Measures an ensemble of our servers and one of Apache's, with the same load on the same machine, and prints both. */
export async function benchEnsemble(args: readonly string[]): Promise<number> {
  const { rounds, servers } = parse(args);
  const progress = new Progress();
  if (process.platform !== "linux") {
    progress.line("This benchmark needs Linux: it reads CPU time and memory of the servers from /proc.");
    return 2;
  }
  const apache = await apacheOnce();
  if (!apache.available) progress.line(`… skipping Apache ZooKeeper: ${apache.reason}`);
  const names = apache.available ? (["conclave", "apache"] as const) : (["conclave"] as const);
  const figures = new Map<string, Figures>();
  await using generator = await LoadGenerator.start(undefined);
  const ensembles: BenchEnsemble[] = [];
  try {
    for (const name of names) {
      ensembles.push(await startEnsemble(name, servers, apache.available ? apache : undefined));
      figures.set(name, new Map());
    }
    for (const ensemble of ensembles) await generator.run({ kind: "prepare", ...(await ensemble.target()) });
    // The first round lets the compilers of both optimize, and does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const ensemble of round % 2 === 0 ? ensembles : [...ensembles].reverse()) {
        progress.show(`${bar(round / (rounds + 1))}  round ${round} of ${rounds} · ${ensemble.name}`);
        const measured = await measure(ensemble, generator);
        if (round > 0) for (const [name, value] of measured) note(figures.get(ensemble.name)!, name, value);
      }
    }
  } finally {
    await Promise.all(ensembles.map((ensemble) => ensemble.close()));
  }
  progress.clear();
  process.stdout.write(report(figures, servers, rounds));
  return 0;
}

async function measure(ensemble: BenchEnsemble, generator: LoadGenerator): Promise<[string, number][]> {
  const measured: [string, number][] = [];
  const target = await ensemble.target();
  for (const { name, job } of loads) {
    const { perSecond, cpuUs, p50Us } = await generator.run(job(target));
    if (p50Us !== undefined) measured.push([`${name}: p50, µs`, p50Us]);
    measured.push([`${name}: a second`, perSecond!], [`${name}: CPU of all servers, µs`, cpuUs!]);
  }
  const pids = [target.pid, ...(target.others ?? []).map(({ pid }) => pid)];
  measured.push(["resident, MiB", pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / MIB]);
  measured.push(["leader killed: without writes, ms", await failOver(ensemble)]);
  return measured;
}

/** Returns the time from the SIGKILL of the leader until a client of another server has written again, in milliseconds. */
async function failOver(ensemble: BenchEnsemble): Promise<number> {
  const { others = [] } = await ensemble.target();
  const connectString = others.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const zk = await connect(connectString, { sessionTimeoutMs: 60_000, backoff: { initialMs: 5, maxMs: 10 } });
  try {
    await ensemble.killLeader();
    const killedAt = performance.now();
    for (let isWritten = false; !isWritten; ) {
      isWritten = await zk.setData("/bench/target", Buffer.alloc(100)).then(
        () => true,
        () => false,
      );
    }
    return performance.now() - killedAt;
  } finally {
    await zk.close();
    await ensemble.allServe();
  }
}

function note(figures: Figures, name: string, value: number): void {
  figures.set(name, [...(figures.get(name) ?? []), value]);
}

function report(figures: ReadonlyMap<string, Figures>, servers: number, rounds: number): string {
  const ours = figures.get("conclave")!;
  const apache = figures.get("apache");
  const cell = (values: readonly number[] | undefined): string[] => {
    if (values === undefined) return ["", ""];
    const { median, spread } = summarize(values);
    return [threeDigits(median), `${Math.round(spread * 100)} %`];
  };
  const rows = [...ours].map(([name, values]) => {
    const others = apache?.get(name);
    const ratio = others && summarize(values).median / summarize(others).median;
    return [name, ...cell(values), ...cell(others), ratio === undefined ? "" : `${ratio.toFixed(2)}×`];
  });
  const table = renderText({
    head: ["", "Conclave", "±", "Apache", "±", "Conclave / Apache"],
    align: ["left", "right", "right", "right", "right", "right"],
    rows,
  });
  return `${table}\n${servers} servers each, writes synced to disk; medians of ${rounds} rounds after one of warm-up, ± to the farthest.\n`;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench ensemble")
    .description("Compares an ensemble of our servers with one of Apache ZooKeeper's: same load, same machine.")
    .option("--rounds <count>", "number of rounds", roundsOption, 5)
    .option("--servers <count>", "number of servers", Number, 3)
    .parse(args, { from: "user" })
    .opts<Options>();
}
