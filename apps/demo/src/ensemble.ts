import { startServer } from "@conclave/server";
import { startApacheEnsemble } from "@conclave/services";
import { Command } from "commander";
import colors from "picocolors";

/*
 * `pnpm ensemble`: the shared ensemble alone, in a terminal of its own, for as many apps as wanted. Ends with Ctrl+C.
 */
interface Options {
  readonly port: string;
  readonly tickMs: string;
  readonly data?: string;
  readonly apache?: boolean;
}

const program = new Command("ensemble")
  .description("Starts the ensemble that the sample apps share, and serves until Ctrl+C.")
  .option("--port <number>", "the port of the Conclave server; 0 takes a free one", "2181")
  .option("--data <folder>", "keep everything there, for the next start; default: in memory")
  .option("--tick-ms <number>", "how long a tick is: sessions last at least two, and end on one", "500")
  .option("--apache", "three servers of Apache ZooKeeper instead, on free ports")
  .parse();
const { port, tickMs, data, apache } = program.opts<Options>();
const portNumber = whole("--port", port, 0, 65_535);
const tickTimeMs = whole("--tick-ms", tickMs, 50, 60_000);
if (apache === true && data !== undefined) program.error("--data is for the Conclave server only", { exitCode: 2 });

const ended = new Promise<void>((resolve) => {
  // Started by another process, it ends with that.
  for (const name of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(name, () => resolve());
});
try {
  await using ensemble = await start();
  const { connectString } = ensemble;
  console.log(`\n  ${colors.green("●")} ${colors.bold(connectString)}   ${kind()}\n`);
  console.log("  From another terminal:\n");
  console.log(`    CONCLAVE_SERVERS=${connectString} npx --yes pnpm@12.21.0 demo\n`);
  console.log(colors.dim("  Ctrl+C ends it.\n"));
  process.send?.({ connectString });
  await ended;
} catch (error) {
  console.error(`\n${colors.red("The ensemble could not be started:")} ${(error as Error).message}\n`);
  process.exitCode = 1;
}
// Open, it would keep the process.
if (process.connected) process.disconnect?.();

function start(): Promise<{ readonly connectString: string } & AsyncDisposable> {
  if (apache === true) return startApacheEnsemble();
  // Short ticks: it serves this machine, and who kills an app wants to see what follows.
  return startServer({ clientPort: portNumber, tickTimeMs, extendedTypesEnabled: true, dataDir: data });
}

function kind(): string {
  if (apache === true) return "three servers of Apache ZooKeeper";
  return `one Conclave server, ${data === undefined ? "in memory" : `with its data in ${data}`}`;
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  return program.error(`${name} must be a whole number from ${min} to ${max}, and is ${text}`, { exitCode: 2 });
}
