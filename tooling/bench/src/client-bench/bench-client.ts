import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import colors from "picocolors";
import { machine } from "../machine.ts";
import { bar, Progress } from "../progress.ts";
import { type Paint, renderMarkdown, renderText } from "../table.ts";
import { CONTENDERS, OURS, PEER_VERSIONS, TITLES } from "./contender.ts";
import { installPeers, type Peers } from "./peers.ts";
import { CELLS, FULL, type Plan, QUICK, rotated } from "./plan.ts";
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
    const results = await measureAll(plan, servers, peers, progress);
    const run = { startedAt, seconds: (Date.now() - startedAt.getTime()) / 1000, plan, peers, servers };
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
    .option("--rounds <count>", "how often each client has its turn", wholeNumber)
    .option("--server <kinds>", `any of ${SERVERS.join(",")}`, serverKinds, ["memory", "apache"] as const)
    .option("--this-node", "on this Node.js, without peers that do not run on it", false)
    .option("--json <file>", "write every round to a file")
    .option("--markdown", "print the tables for a document", false)
    .parse(args, { from: "user" })
    .opts<Options>();
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(text);
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
): Promise<Results> {
  const results = new Results();
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
        cells: round === 0 ? [] : rotated(CELLS, round - 1),
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
    for (const server of rotated(servers, round - 1)) {
      for (const contender of rotated(contenders, round - 1)) {
        await work(`round ${round} of ${plan.rounds} · ${server.title} · ${contender}`, server, contender, round);
      }
    }
  }
  progress.clear();
  return results;
}

interface Run {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly plan: Plan;
  readonly peers: Peers;
  readonly servers: readonly BenchServer[];
}

function about({ startedAt, seconds, plan, peers }: Run): string {
  const { cores, cpu, memoryGib, system, node } = machine();
  return [
    `${startedAt.toISOString().slice(0, 10)}, ${cores} × ${cpu}, ${memoryGib} GiB, ${system}.`,
    `Clients on Node.js ${peers.nodeVersion}, Conclave's server on ${node}.`,
    `Medians of ${plan.rounds} rounds of ${plan.cellMs} ms, ± to the farthest round; ${Math.round(seconds)} s in all.`,
  ].join(" ");
}

function missingLines({ peers }: Run): string[] {
  return Object.entries(peers.missing).map(([name, why]) => `${name} ${PEER_VERSIONS.zookeeper} is missing: ${why}`);
}

function asText(run: Run, results: Results): string {
  const paint: Paint = (text, row, column) => {
    if (row === undefined) return colors.dim(text);
    if (row[2] === TITLES[OURS]) return colors.bold(text);
    return column === 4 || column === 6 ? colors.dim(text) : text;
  };
  const tables = run.servers.map(
    ({ kind, title }) => `\n${colors.cyan(title)}\n${renderText(resultTable(results, kind), paint)}`,
  );
  const reached = targets(results, run.servers).map(({ text, isReached }) =>
    isReached ? `${colors.green("✓")} ${text}\n` : `${colors.red("✗")} ${text}\n`,
  );
  const notes = [...missingLines(run), about(run)].map((line) => `${colors.dim(line)}\n`);
  return [...tables, "\n", ...reached, "\n", ...notes].join("");
}

function asMarkdown(run: Run, results: Results): string {
  const tables = run.servers.map(
    ({ kind, title }) => `### ${title}\n\n${renderMarkdown(resultTable(results, kind))}\n`,
  );
  const reached = targets(results, run.servers).map(({ text, isReached }) => `- ${isReached ? "✓" : "✗"} ${text}\n`);
  const notes = [...missingLines(run), about(run)].map((line) => `${line}\n\n`);
  return [...notes, ...reached, "\n", ...tables].join("");
}

function asJson(run: Run, results: Results): string {
  const { startedAt, seconds, plan, peers, servers } = run;
  return `${JSON.stringify(
    {
      startedAt,
      seconds,
      machine: machine(),
      plan,
      clientsNode: peers.nodeVersion,
      missing: peers.missing,
      servers: servers.map(({ kind, title }) => ({ kind, title })),
      targets: targets(results, servers),
      results,
    },
    null,
    2,
  )}\n`;
}
