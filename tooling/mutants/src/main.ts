/* `pnpm mutants [package] [folder or file below its src ...]`: see README.md. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Mutant } from "./mutant.ts";
import { type Equivalent, outcomeOf, summary, survivors } from "./outcome.ts";
import { packages } from "./packages.ts";
import { run } from "./run.ts";

const repository = join(import.meta.dirname, "../../..");
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: "string", default: "2" }, force: { type: "boolean", default: false } },
});
const [name, ...paths] = positionals;
if (name !== undefined && packages[name] === undefined) {
  console.error(`Unknown package "${name}": use one of ${Object.keys(packages).join(", ")}.`);
  process.exit(2);
}

const summaries: string[] = [];
for (const each of name === undefined ? Object.keys(packages) : [name]) {
  const started = performance.now();
  const mutants: Mutant[] = [];
  for (const part of packages[each]!) {
    const only = paths.filter((path) => part === "" || `${path}/`.startsWith(`${part}/`));
    if (paths.length > 0 && only.length === 0) continue;
    const options = { concurrency: Number(values.concurrency), force: values.force };
    const [folder, cache] = [join(repository, "packages", each), join(repository, ".cache/mutants")];
    mutants.push(...(await run({ folder, part, only, cache, ...options })));
  }
  const outcome = outcomeOf(mutants, equivalentsOf(each));
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

function equivalentsOf(each: string): readonly Equivalent[] {
  const path = join(repository, "packages", each, "equivalent-mutants.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Equivalent[]) : [];
}
