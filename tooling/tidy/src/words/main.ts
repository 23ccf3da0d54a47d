/* `pnpm words`: prints the share of odd words of each package, and fails if one is above its limit. */
import { join } from "node:path";
import { loadWorkspace } from "../load.ts";
import { LIMITS, problems } from "./limits.ts";
import { figure, KINDS, measure } from "./measure.ts";

const measured = measure(loadWorkspace(join(import.meta.dirname, "../../../..")));
const cell = (text: string | number) => String(text).padStart(18);
console.log(`${"".padEnd(24)}${["comments /1,000", "markdown /1,000", "riddles %"].map(cell).join("")}`);
for (const each of measured) {
  const cells = KINDS.map((kind) => cell(`${figure(kind, each[kind]).toFixed(1)} of ${each[kind].of}`));
  console.log(`${each.folder.padEnd(24)}${cells.join("")}`);
}
console.log(
  `limits: ${LIMITS.comments} per 1,000 words of comments, ${LIMITS.markdown} of Markdown, ${LIMITS.docs} % of doc comments`,
);
const found = problems(measured);
for (const problem of found) console.error(problem);
process.exitCode = found.length === 0 ? 0 : 1;
