/* `pnpm museum [--write] [name ...]`: see README.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rooms } from "./catalog/index.ts";
import { problemsOf, sourcesIn } from "./check.ts";
import { page } from "./page.ts";
import { Tour } from "./tour.ts";

const folder = join(import.meta.dirname, "../../../../packages/server/src");
const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false } },
});
const all = rooms.flatMap(({ exhibits }) => exhibits);
const unknown = names.filter((name) => !all.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`Unknown exhibit ${unknown.join(", ")}: use one of\n  ${all.map(({ name }) => name).join("\n  ")}`);
  process.exit(2);
}
const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
const problems = problemsOf(chosen, sourcesIn(folder));
if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  process.exit(1);
}

const started = performance.now();
const tour = await Tour.open(folder);
const width = Math.max(...chosen.map(({ name }) => name.length));
let count = 0;
for (const exhibit of chosen) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${exhibit.name} …`);
  const verdict = await tour.visit(exhibit);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (verdict.isRed) count++;
  console.log(`${exhibit.name.padEnd(width)}  ${verdict.isRed ? `red: ${verdict.how}` : `NOT RED: ${verdict.why}`}`);
}
await tour.close();
const seconds = Math.round((performance.now() - started) / 1_000);
console.log(`${count} of ${chosen.length} exhibits are green with their guard and red without it (${seconds} s)`);
if (count < chosen.length) process.exitCode = 1;
else if (values.write && count === all.length) writeFileSync(join(folder, "zab/MUSEUM.md"), page());
