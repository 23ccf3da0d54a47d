/*
 * `pnpm ensemble`: the ensemble of the sample apps in a terminal of its own, until Ctrl+C.
 */
import { startEnsembleProcesses } from "@conclave/cli";
import { startApacheEnsemble } from "@conclave/services";
import { Command } from "commander";
import colors from "picocolors";

const SERVERS = 3;

interface Options {
  readonly port: string;
  readonly tickMs: string;
  readonly data?: string;
  readonly apache?: boolean;
}

const program = new Command("ensemble")
  .description("Starts an ensemble of three servers for the sample apps, and serves until Ctrl+C.")
  .option("--port <number>", "port of the first Conclave server, the next ones follow; 0: free ones", "2181")
  .option("--data <folder>", "keep the data in this folder; default: a temporary one")
  .option("--tick-ms <number>", "tick in milliseconds; a session timeout is at least two ticks", "500")
  .option("--apache", "start servers of Apache ZooKeeper instead, on free ports")
  .parse();
const { port, tickMs, data: dataDir, apache } = program.opts<Options>();
const firstPort = whole("--port", port, 0, 65_535);
const tickTimeMs = whole("--tick-ms", tickMs, 50, 60_000);
if (apache === true && dataDir !== undefined) {
  program.error("--data cannot be combined with --apache: it is for Conclave servers only", { exitCode: 2 });
}

const interruption = new AbortController();
const ended = new Promise<void>((resolve) => interruption.signal.addEventListener("abort", () => resolve()));
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
try {
  await using ensemble = await start();
  const { connectString } = ensemble;
  console.log(`\n  ${colors.green("●")} ${colors.bold(connectString)}   ${description()}\n`);
  console.log("  From another terminal:\n");
  console.log(`    CONCLAVE_SERVERS=${connectString} npx --yes pnpm@12.21.0 demo\n`);
  console.log(colors.dim("  Ctrl+C ends it.\n"));
  await ended;
} catch (error) {
  if (!interruption.signal.aborted) {
    console.error(`\n${colors.red("The ensemble could not be started:")} ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

function start(): Promise<{ readonly connectString: string } & AsyncDisposable> {
  if (apache === true) return startApacheEnsemble();
  return startEnsembleProcesses({
    ...{ servers: SERVERS, port: firstPort, dataDir, tickTimeMs, signal: interruption.signal },
    onChange: (change) => {
      if (change.type === "ended") console.log(`  server.${change.id}, process ${change.pid}, has ended`);
      if (change.type === "leader")
        console.log(`  leader: ${change.leader === undefined ? "none" : `server.${change.leader}`}`);
    },
  });
}

function description(): string {
  if (apache === true) return "three servers of Apache ZooKeeper";
  return `three Conclave servers, ${dataDir === undefined ? "with their data in a temporary folder" : `with their data in ${dataDir}`}`;
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  return program.error(`${name} must be a whole number from ${min} to ${max}, not ${text}`, { exitCode: 2 });
}
