/*
 * `pnpm words [--lower]`: prints the odd words of each package and fails where they are too many. `--lower` takes the
 * allowances in ratchet.json down to the figures of today, and out where the goal is met.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadWorkspace } from "../load.ts";
import { type Allowances, GOALS, lower, problems } from "./allowances.ts";
import { figure, KINDS, measure } from "./measure.ts";

const root = join(import.meta.dirname, "../../../..");
const path = join(root, "tooling/tidy/ratchet.json");
const ratchet = JSON.parse(readFileSync(path, "utf8")) as { words: Allowances };
const measured = measure(loadWorkspace(root));
if (process.argv.includes("--lower")) {
  ratchet.words = lower(measured, ratchet.words);
  writeFileSync(path, `${JSON.stringify(ratchet, null, 2)}\n`);
}
const cell = (text: string | number) => String(text).padStart(18);
console.log(`${"".padEnd(24)}${["comments /1,000", "markdown /1,000", "riddles %"].map(cell).join("")}`);
for (const each of measured) {
  const cells = KINDS.map((kind) => cell(`${figure(kind, each[kind]).toFixed(1)} of ${each[kind].of}`));
  console.log(`${each.folder.padEnd(24)}${cells.join("")}`);
}
console.log(
  `goal: ${GOALS.comments} per 1,000 words of comments, ${GOALS.markdown} of Markdown, ${GOALS.docs} % of doc comments`,
);
const found = problems(measured, ratchet.words);
for (const problem of found) console.error(problem);
process.exitCode = found.length === 0 ? 0 : 1;
