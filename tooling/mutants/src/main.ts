/* `pnpm mutants [package] [path below its src ...]`: see README.md. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { summary, survivors } from "./outcome.ts";
import { packages } from "./packages.ts";
import { run } from "./run.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: "string", default: "2" }, force: { type: "boolean", default: false } },
});
const [name, ...only] = positionals;
if (name !== undefined && packages[name] === undefined) {
  console.error(`Unknown package "${name}": use one of ${Object.keys(packages).join(", ")}.`);
  process.exit(2);
}

const summaries: string[] = [];
for (const each of name === undefined ? Object.keys(packages) : [name]) {
  const started = performance.now();
  const outcome = await run(each, {
    repository: join(import.meta.dirname, "../../.."),
    only,
    concurrency: Number(values.concurrency),
    force: values.force,
  });
  for (const line of survivors(outcome)) console.log(line);
  for (const { entry, why } of outcome.stale) {
    console.error(
      `packages/${each}/equivalent-mutants.json: ${why}: ${entry.file} ${entry.original} -> ${entry.mutated}`,
    );
    process.exitCode = 1;
  }
  summaries.push(`${summary(each, outcome)} (${Math.round((performance.now() - started) / 1_000)} s)`);
}
for (const line of summaries) console.log(line);
