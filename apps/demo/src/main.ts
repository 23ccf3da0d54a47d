import { shownText } from "@conclave/runtime";
import { Command } from "commander";
import colors from "picocolors";
import { DemoPage } from "./demo-page.js";
import type { ShownServer } from "./ensemble/own-ensemble.js";
import { runDemo } from "./run-demo.js";
import { Timeline } from "./timeline.js";

interface Options {
  readonly servers?: string;
  readonly instances: string;
  readonly sessionTimeoutMs: string;
  readonly slackMs: string;
}

const program = new Command("demo")
  .description(
    "Runs three sample apps on one ensemble, kills processes of each and then the leading server, and prints a verdict.",
  )
  .option(
    "--servers <host:port,…>",
    "use a running ensemble; default: start three servers",
    process.env.CONCLAVE_SERVERS || undefined,
  )
  .option("--instances <number>", "number of processes that make reports, 3 to 20", "3")
  .option("--session-timeout-ms <number>", "session timeout of the apps", "4000")
  .option("--slack-ms <number>", "time that a takeover may take beyond the session timeout", "5000")
  .parse();
const options = program.opts<Options>();
const { servers } = options;
const instances = whole("--instances", options.instances, 3, 20);
const sessionTimeoutMs = whole("--session-timeout-ms", options.sessionTimeoutMs, 2_000, 60_000);
const slackMs = whole("--slack-ms", options.slackMs, 0, 3_600_000);

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
// As with `| head`: all later writes would fail, too.
process.stdout.on("error", ({ message }) => interruption.abort(new Error(`standard output is closed: ${message}`)));

await using page = await DemoPage.open();
const timeline = new Timeline((line) => console.log(line), Date.now());
timeline.on((event) => page.send({ type: "event", ...event }));
timeline.heading("Conclave demo: leader election, exclusive jobs and cluster membership on one ensemble");
timeline.line(`  The same as a page, while the demo runs: ${colors.bold(page.url)}\n`);
try {
  const { signal } = interruption;
  const onServers = (shown: readonly ShownServer[]): void => page.send({ type: "servers", servers: shown });
  const results = await runDemo({ servers, instances, sessionTimeoutMs, slackMs, timeline, signal, onServers });
  const checks = results.map((check) => ({ ...check, because: shownText(check.because) }));
  page.send({ type: "verdict", checks });
  timeline.heading("Verdict, from the records of the apps and of the servers");
  for (const { name, holds, because } of checks) {
    timeline.line(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(22))} ${because}`);
  }
  timeline.line("");
  process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
} catch (error) {
  const { message } = firstOf(error);
  page.send({ type: "failed", message });
  console.error(`\n${colors.red("The demo failed:")} ${message}\n`);
  process.exitCode = 1;
}

/** Returns the first error, without those that ending everything caused. */
function firstOf(error: unknown): Error {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed;
  return first as Error;
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  return program.error(`${name} must be a whole number from ${min} to ${max}, not ${text}`, { exitCode: 2 });
}
