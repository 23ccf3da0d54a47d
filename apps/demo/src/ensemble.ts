/*
 * `pnpm ensemble`: the ensemble of the sample apps in a terminal of its own, until Ctrl+C. The demo also starts it, as a child
 * process.
 */
import { startServer } from "@conclave/server";
import { startApacheEnsemble } from "@conclave/services";
import { Command } from "commander";
import colors from "picocolors";

interface Options {
  readonly port: string;
  readonly tickMs: string;
  readonly data?: string;
  readonly apache?: boolean;
}

const program = new Command("ensemble")
  .description("Starts an ensemble for the sample apps, and serves until Ctrl+C.")
  .option("--port <number>", "port of the Conclave server; 0: a free one", "2181")
  .option("--data <folder>", "keep the data in this folder; default: in memory")
  .option("--tick-ms <number>", "tick in milliseconds; a session timeout is at least two ticks", "500")
  .option("--apache", "start three servers of Apache ZooKeeper instead, on free ports")
  .parse();
const { port, tickMs, data, apache } = program.opts<Options>();
const clientPort = whole("--port", port, 0, 65_535);
const tickTimeMs = whole("--tick-ms", tickMs, 50, 60_000);
if (apache === true && data !== undefined) {
  program.error("--data cannot be combined with --apache: it is for the Conclave server only", { exitCode: 2 });
}

const ended = new Promise<void>((resolve) => {
  // A parent process that ends disconnects.
  for (const name of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(name, () => resolve());
});
try {
  await using ensemble = await start();
  const { connectString } = ensemble;
  console.log(`\n  ${colors.green("●")} ${colors.bold(connectString)}   ${description()}\n`);
  console.log("  From another terminal:\n");
  console.log(`    CONCLAVE_SERVERS=${connectString} npx --yes pnpm@12.21.0 demo\n`);
  console.log(colors.dim("  Ctrl+C ends it.\n"));
  process.send?.({ connectString });
  await ended;
} catch (error) {
  console.error(`\n${colors.red("The ensemble could not be started:")} ${(error as Error).message}\n`);
  process.exitCode = 1;
}
// An open channel to the parent would keep the process alive.
if (process.connected) process.disconnect?.();

function start(): Promise<{ readonly connectString: string } & AsyncDisposable> {
  if (apache === true) return startApacheEnsemble();
  return startServer({ clientPort, tickTimeMs, extendedTypesEnabled: true, dataDir: data });
}

function description(): string {
  if (apache === true) return "three servers of Apache ZooKeeper";
  return `one Conclave server, ${data === undefined ? "in memory" : `with its data in ${data}`}`;
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  return program.error(`${name} must be a whole number from ${min} to ${max}, not ${text}`, { exitCode: 2 });
}
