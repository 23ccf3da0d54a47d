import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { pin } from "../processes/pin.ts";
import { machine } from "../report/machine.ts";
import { roundsOption } from "../report/options.ts";
import { bar, Progress } from "../report/progress.ts";
import { rotated } from "../report/rotated.ts";
import { summarize } from "../report/statistics.ts";
import { type Paint, renderMarkdown, renderText } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import type { Verdict } from "../report/verdict.ts";
import { measureFloor } from "./floor.ts";
import type { Measured } from "./measure.ts";
import { CLIENTS, measures, OTHER, OURS, OURS_BATCHING, PEER_VERSIONS, TITLES } from "./measured-clients.ts";
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
  readonly other?: string;
  readonly thisNode: boolean;
  readonly json?: string;
  readonly markdown: boolean;
}

/** Measures our client and its peers, and prints tables that compare them. */
export async function benchClient(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const plan: Plan = { ...(options.quick ? QUICK : FULL), ...(options.rounds && { rounds: options.rounds }) };
  const progress = new Progress();
  const startedAt = new Date();
  const peers = await installPeers({ thisNodeOnly: options.thisNode, progress: (step) => progress.line(`… ${step}`) });
  const servers: BenchServer[] = [];
  try {
    for (const kind of options.server) {
      const server = await startBenchServer(kind);
      if (typeof server === "string") progress.line(`… skipping the server "${kind}": ${server}`);
      else servers.push(server);
    }
    const { results, floor } = await measureAll(plan, servers, peers, options.other, progress);
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
    .description("Compares @conclave/client with node-zookeeper-client and zookeeper, which it installs with npm.")
    .option("--quick", "half a minute: a check that everything runs, not a comparison", false)
    .option("--rounds <count>", "number of rounds", roundsOption)
    .option("--server <kinds>", `any of ${SERVERS.join(",")}`, serverKinds, ["memory", "apache"] as const)
    .option("--other <checkout>", "measure our client of another built checkout of this repository too")
    .option("--this-node", "use only this Node.js, and skip peers that do not run on it", false)
    .option("--json <file>", "write the figures of every round to a file")
    .option("--markdown", "print the tables as Markdown", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function serverKinds(text: string): ServerKind[] {
  return text.split(",").map((name) => {
    const kind = SERVERS.find((each) => each === name);
    if (kind === undefined) throw new InvalidArgumentError(`Known names are ${SERVERS.join(", ")}.`);
    return kind;
  });
}

async function measureAll(
  plan: Plan,
  servers: readonly BenchServer[],
  peers: Peers,
  other: string | undefined,
  progress: Progress,
): Promise<{ readonly results: Results; readonly floor: readonly Measured[] }> {
  const results = new Results();
  const floor: Measured[] = [];
  const clients = CLIENTS.filter(
    (client) => peers.missing[client] === undefined && (client !== OTHER || other !== undefined),
  );
  const total = servers.length * (1 + plan.rounds * clients.length);
  const startedAt = performance.now();
  let done = 0;
  const work = async (step: string, server: BenchServer, client: (typeof CLIENTS)[number], round: number) => {
    const leftMs = done === 0 ? undefined : ((performance.now() - startedAt) / done) * (total - done);
    const left = leftMs === undefined ? "" : ` · ${Math.ceil(leftMs / 1000)} s left`;
    progress.show(`${bar(done / total)}  ${step}${left}`);
    const cells = await runWorker(
      {
        client,
        connectString: server.connectString,
        folder: client === OTHER ? other : peers.folder,
        root: `/bench-${done}`,
        cells:
          round === 0
            ? []
            : rotated(
                CELLS.filter(({ operation }) => measures(client, operation)),
                round - 1,
              ),
        cellMs: plan.cellMs,
        warmUpMs: plan.warmUpMs,
      },
      peers.node,
    );
    if (round > 0) results.add(server.kind, client, cells);
    done++;
  };
  for (const server of servers) await work(`warm-up · ${server.title}`, server, OURS, 0);
  for (let round = 1; round <= plan.rounds; round++) {
    floor.push(await measureFloor(plan.cellMs, peers.node));
    for (const server of rotated(servers, round - 1)) {
      for (const client of rotated(clients, round - 1)) {
        await work(`round ${round} of ${plan.rounds} · ${server.title} · ${client}`, server, client, round);
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
  /** Load average of the last five minutes at the end of the run; about 1 on an otherwise idle machine. */
  readonly load: number;
  /** True if clients and servers ran on separate cores. */
  readonly isPinned: boolean;
  /** Figures of a bare round trip, by round. */
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
  return Object.entries(peers.missing).map(
    ([name, reason]) => `${name} ${PEER_VERSIONS.zookeeper} is missing: ${reason}`,
  );
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
