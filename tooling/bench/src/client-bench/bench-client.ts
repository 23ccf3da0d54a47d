import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { machine } from "../machine.ts";
import { pin } from "../pin.ts";
import { bar, Progress } from "../progress.ts";
import { rotated } from "../rotated.ts";
import { roundsOption } from "../rounds-option.ts";
import { summarize } from "../statistics.ts";
import { type Paint, renderMarkdown, renderText } from "../table.ts";
import { threeDigits } from "../three-digits.ts";
import type { Verdict } from "../verdict.ts";
import { CONTENDERS, measures, OURS, OURS_BATCHING, PEER_VERSIONS, TITLES } from "./contender.ts";
import { measureFloor } from "./floor.ts";
import type { Measured } from "./measure.ts";
import { installPeers, type Peers } from "./peers.ts";
import { CELLS, FULL, type Plan, QUICK } from "./plan.ts";
import { resultTable } from "./result-table.ts";
import { Results } from "./results.ts";
import { runWorker } from "./run-worker.ts";
import { type BenchServer, SERVERS, type ServerKind, startBenchServer } from "./servers.ts";
import { targets } from "./targets.ts";

interface Options {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly server: readonly ServerKind[];
  readonly thisNode: boolean;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our client beside its peers, and prints tables of what they showed. */
export async function benchClient(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const progress = new Progress();
  const startedAt = new Date();
  const peers = await installPeers({ thisNodeOnly: options.thisNode, progress: (what) => progress.line(`… ${what}`) });
  const servers: BenchServer[] = [];
  try {
    for (const kind of options.server) {
      const server = await startBenchServer(kind);
      if (typeof server === "string") progress.line(`… without the server "${kind}": ${server}`);
      else servers.push(server);
    }
    const { results, floor } = await measureAll(plan, servers, peers, progress);
    const run: Run = {
      startedAt,
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      load: loadavg()[1]!,
      isPinned: pin(process.pid, "client"),
      plan,
      peers,
      servers,
      floor,
    };
    process.stdout.write(options.markdown ? asMarkdown(run, results) : asText(run, results));
    if (options.json !== undefined) await writeFile(options.json, asJson(run, results));
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
  return 0;
}

function parse(args: readonly string[]): Options {
  return new Command("pnpm bench client")
    .description("Measures @conclave/client beside node-zookeeper-client and zookeeper, which it installs by itself.")
    .option("--quick", "half a minute: enough to see that it runs, not to compare", false)
    .option("--rounds <count>", "how often each client has its turn", roundsOption)
    .option("--server <kinds>", `any of ${SERVERS.join(",")}`, serverKinds, ["memory", "apache"] as const)
    .option("--this-node", "on this Node.js, without peers that do not run on it", false)
    .option("--json <file>", "write every round to a file")
    .option("--markdown", "print the tables for a document", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function serverKinds(text: string): ServerKind[] {
  return text.split(",").map((name) => {
    const kind = SERVERS.find((each) => each === name);
    if (kind === undefined) throw new InvalidArgumentError(`There is ${SERVERS.join(", ")}.`);
    return kind;
  });
}

async function measureAll(
  plan: Plan,
  servers: readonly BenchServer[],
  peers: Peers,
  progress: Progress,
): Promise<{ readonly results: Results; readonly floor: readonly Measured[] }> {
  const results = new Results();
  const floor: Measured[] = [];
  const contenders = CONTENDERS.filter((contender) => peers.missing[contender] === undefined);
  const total = servers.length * (1 + plan.rounds * contenders.length);
  const startedAt = performance.now();
  let done = 0;
  const work = async (what: string, server: BenchServer, contender: (typeof CONTENDERS)[number], round: number) => {
    const leftMs = done === 0 ? undefined : ((performance.now() - startedAt) / done) * (total - done);
    const left = leftMs === undefined ? "" : ` · ${Math.ceil(leftMs / 1000)} s left`;
    progress.show(`${bar(done / total)}  ${what}${left}`);
    const cells = await runWorker(
      {
        contender,
        connectString: server.connectString,
        peersFolder: peers.folder,
        root: `/bench-${done}`,
        cells:
          round === 0
            ? []
            : rotated(
                CELLS.filter(({ operation }) => measures(contender, operation)),
                round - 1,
              ),
        cellMs: plan.cellMs,
        warmUpMs: plan.warmUpMs,
      },
      peers.node,
    );
    if (round > 0) results.add(server.kind, contender, cells);
    done++;
  };
  for (const server of servers) await work(`warm-up · ${server.title}`, server, OURS, 0);
  for (let round = 1; round <= plan.rounds; round++) {
    floor.push(await measureFloor(plan.cellMs, peers.node));
    for (const server of rotated(servers, round - 1)) {
      for (const contender of rotated(contenders, round - 1)) {
        await work(`round ${round} of ${plan.rounds} · ${server.title} · ${contender}`, server, contender, round);
      }
    }
  }
  progress.clear();
  return { results, floor };
}

interface Run {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly plan: Plan;
  readonly peers: Peers;
  readonly servers: readonly BenchServer[];
  /** Of the last five minutes, at the end: with nothing else running, about 1. */
  readonly load: number;
  /** Whether clients and servers had cores of their own. */
  readonly isPinned: boolean;
  /** By round. */
  readonly floor: readonly Measured[];
}

function about({ startedAt, seconds, plan, peers, load, isPinned, floor }: Run): string[] {
  const { cores, cpu, memoryGib, system, node } = machine();
  const figure = (metric: "p50Us" | "cpuUs"): string => {
    const { median, spread } = summarize(floor.map((round) => round[metric]));
    return `${threeDigits(median)} µs ±${(spread * 100).toFixed(0)} %`;
  };
  const floorLine = `The floor: a TCP echo between two Node.js processes takes ${figure("p50Us")} (p50) and ${figure("cpuUs")} of CPU.`;
  const runLine = [
    `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}.`,
    `Clients on Node.js ${peers.nodeVersion}, Conclave's server on ${node}.`,
    isPinned ? "Server and client each on cores of their own." : "Cores not pinned: depth 1 depends on the scheduler.",
    `Medians of ${plan.rounds} rounds of ${plan.cellMs} ms, ± to the farthest round; ${Math.round(seconds)} s in all, load ${load.toFixed(1)}.`,
  ].join(" ");
  return [floorLine, runLine];
}

function missingLines({ peers }: Run): string[] {
  return Object.entries(peers.missing).map(([name, why]) => `${name} ${PEER_VERSIONS.zookeeper} is missing: ${why}`);
}

function asText(run: Run, results: Results): string {
  const paint: Paint = (text, row, column) => {
    if (row === undefined) return colors.dim(text);
    if (row[2] === TITLES[OURS] || row[2] === TITLES[OURS_BATCHING]) return colors.bold(text);
    return column === 4 || column === 6 ? colors.dim(text) : text;
  };
  const tables = run.servers.map(
    ({ kind, title }) => `\n${colors.cyan(title)}\n${renderText(resultTable(results, kind), paint)}`,
  );
  const marks: Readonly<Record<Verdict, string>> = {
    reached: colors.green("✓"),
    missed: colors.red("✗"),
    unclear: colors.yellow("?"),
  };
  const reached = targets(results, run.servers).map(({ text, verdict }) => `${marks[verdict]} ${text}\n`);
  const notes = [...missingLines(run), ...about(run)].map((line) => `${colors.dim(line)}\n`);
  return [...tables, "\n", ...reached, "\n", ...notes].join("");
}

function asMarkdown(run: Run, results: Results): string {
  const tables = run.servers.map(
    ({ kind, title }) => `### ${title}\n\n${renderMarkdown(resultTable(results, kind))}\n`,
  );
  const reached = targets(results, run.servers).map(({ text, verdict }) => `- ${verdict}: ${text}\n`);
  const notes = [...missingLines(run), ...about(run)].map((line) => `${line}\n\n`);
  return [...notes, ...reached, "\n", ...tables].join("");
}

function asJson(run: Run, results: Results): string {
  const { startedAt, seconds, load, isPinned, floor, plan, peers, servers } = run;
  return `${JSON.stringify(
    {
      startedAt,
      seconds,
      machine: machine(),
      load,
      isPinned,
      plan,
      clientsNode: peers.nodeVersion,
      missing: peers.missing,
      servers: servers.map(({ kind, title }) => ({ kind, title })),
      targets: targets(results, servers),
      floor,
      results,
    },
    null,
    2,
  )}\n`;
}
