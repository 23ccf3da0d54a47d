import { Command } from "commander";
import colors from "picocolors";
import { conduct } from "./conduct.js";
import { Timeline } from "./timeline.js";
import { verdict } from "./verdict.js";

const program = new Command("demo")
  .description("Three processes of a NestJS service share one ensemble; their leader is killed; another takes over.")
  .option(
    "--servers <host:port,…>",
    "an ensemble that is there already; default: start one",
    process.env.CONCLAVE_SERVERS,
  )
  .option("--instances <number>", "how many processes, at least 3", "3")
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

const timeline = new Timeline((line) => console.log(line), Date.now());
timeline.heading("Conclave demo: who makes the report?");
if (servers !== undefined) timeline.event(Date.now(), "ensemble", `the one at ${servers}`);
try {
  const checks = verdict(await conduct({ servers, instances: count, timeline, signal: interrupted.signal }));
  timeline.heading("Verdict, from what the services recorded");
  for (const { name, holds, because } of checks) {
    timeline.line(`  ${holds ? colors.green("✓") : colors.red("✗")} ${colors.bold(name.padEnd(20))} ${because}`);
  }
  timeline.line("");
  process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
} catch (error) {
  console.error(`\n${colors.red("The demo could not be carried out:")} ${(error as Error).message}\n`);
  process.exitCode = 1;
}
