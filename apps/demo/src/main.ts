import { Command } from "commander";
import colors from "picocolors";
import { conduct } from "./conduct.js";
import { DemoPage } from "./demo-page.js";
import { Timeline, visible } from "./timeline.js";

const program = new Command("demo")
  .description(
    "Three sample apps share one ensemble; processes of each are killed, then the ensemble's server; a verdict.",
  )
  .option(
    "--servers <host:port,…>",
    "an ensemble that is there already; default: start one",
    process.env.CONCLAVE_SERVERS || undefined,
  )
  .option("--instances <number>", "how many processes make reports, at least 3", "3")
  .parse();
const { servers, instances } = program.opts<{ servers?: string; instances: string }>();
const count = Number(instances);
if (!Number.isInteger(count) || count < 3 || count > 20) {
  program.error(`--instances must be a whole number from 3 to 20, and is ${instances}`, { exitCode: 2 });
}

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => interrupted.abort(new Error(`the demo was ended by ${name}`)));
}
// As with `| head`: every further line fails too.
process.stdout.on("error", (error) =>
  interrupted.abort(new Error(`nobody reads what the demo prints: ${error.message}`)),
);

await using page = await DemoPage.open();
const timeline = new Timeline((line) => console.log(line), Date.now());
timeline.on((event) => page.tell({ type: "event", ...event }));
timeline.heading("Conclave demo: who makes the report, who pays, and who is here?");
timeline.line(`  To look instead of reading, while it runs: ${colors.bold(page.url)}\n`);
try {
  const judged = await conduct({ servers, instances: count, timeline, signal: interrupted.signal });
  const checks = judged.map((check) => ({ ...check, because: visible(check.because) }));
  page.tell({ type: "verdict", checks });
  timeline.heading("Verdict, from what the apps recorded");
  for (const { name, holds, because } of checks) {
    timeline.line(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(22))} ${because}`);
  }
  timeline.line("");
  process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
} catch (error) {
  const { message } = firstOf(error);
  page.tell({ type: "failed", message });
  console.error(`\n${colors.red("The demo could not be carried out:")} ${message}\n`);
  process.exitCode = 1;
}

/** What went wrong first, and not what went wrong when everything was ended for it. */
function firstOf(error: unknown): Error {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed;
  return first as Error;
}
