import { startServer } from "@conclave/server";
import { startApacheEnsemble } from "@conclave/services";
import { Command } from "commander";
import colors from "picocolors";

/*
 * `pnpm ensemble`: the shared ensemble alone, in a terminal of its own, for as many apps as wanted. Ends with Ctrl+C.
 */
interface Options {
  readonly port: string;
  readonly data?: string;
  readonly apache?: boolean;
}

const program = new Command("ensemble")
  .description("Starts the ensemble that the sample apps share, and serves until Ctrl+C.")
  .option("--port <number>", "the port of the Conclave server; 0 takes a free one", "2181")
  .option("--data <folder>", "keep everything there, for the next start; default: in memory")
  .option("--apache", "three servers of Apache ZooKeeper instead, on free ports")
  .parse();
const { port, data, apache } = program.opts<Options>();
const portNumber = Number(port);
if (!/^\d+$/.test(port) || portNumber > 65_535) {
  program.error(`--port must be a whole number from 0 to 65535, and is ${port}`, { exitCode: 2 });
}
if (apache === true && data !== undefined) program.error("--data is for the Conclave server only", { exitCode: 2 });

const ended = new Promise<void>((resolve) => {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve());
});
try {
  await using ensemble = await start();
  const { connectString } = ensemble;
  console.log(`\n  ${colors.green("●")} ${colors.bold(connectString)}   ${kind()}\n`);
  console.log("  From another terminal:\n");
  console.log(`    CONCLAVE_SERVERS=${connectString} npx --yes pnpm@12.21.0 demo\n`);
  console.log(colors.dim("  Ctrl+C ends it.\n"));
  await ended;
} catch (error) {
  console.error(`\n${colors.red("The ensemble could not be started:")} ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function start(): Promise<{ readonly connectString: string } & AsyncDisposable> {
  if (apache === true) return startApacheEnsemble();
  // Short ticks: it serves this machine, and who kills an app wants to see what follows.
  return startServer({ clientPort: portNumber, tickTimeMs: 500, extendedTypesEnabled: true, dataDir: data });
}

function kind(): string {
  if (apache === true) return "three servers of Apache ZooKeeper";
  return `one Conclave server, ${data === undefined ? "in memory" : `with its data in ${data}`}`;
}
