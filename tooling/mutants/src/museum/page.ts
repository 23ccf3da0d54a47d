import { inapplicable } from "./catalog/inapplicable.ts";
import { rooms } from "./catalog/index.ts";
import type { Exhibit } from "./exhibit.ts";

const INTRODUCTION = `# Known bugs of Apache ZooKeeper, and what prevents them here

<!-- Made by \`pnpm museum --write\` from tooling/mutants/src/museum/catalog: change it there. -->

One row for each way in which a known bug of replication could happen here: the guard that prevents it, and a scenario that
passes with the guard and fails without it. \`pnpm museum\` takes out each guard in turn, while the modules are loaded, and runs its
scenario; \`pnpm museum <name>\` does it for one. The last column has the names of those that failed as they must. Numbers are
ZOOKEEPER- ids; a row without one is a hazard in Apache's sources that has no issue. Files are below \`packages/server/src/\`.

The model in [ensemble.test.ts](ensemble.test.ts) searches for all of them at once: leaders and learners in any order of messages,
disk operations, elections and power losses.
`;

/** Returns the page of the museum: all exhibits, and the bugs that need none. */
export function page(): string {
  const parts = rooms.map(({ title, exhibits }) => {
    const rows = exhibits.map(rowOf);
    return `## ${title}\n\n${table(["bug", "defect", "guard", "scenario", "red without it"], rows)}`;
  });
  const others = inapplicable.map(({ bugs, defect, because }) => [bugs.join(", "), defect, because]);
  const rest = `## Does not apply\n\n${table(["bug", "defect", "reason"], others)}`;
  return [INTRODUCTION, ...parts, rest].join("\n");
}

function rowOf({ name, bugs, defect, guard, edits, scenario }: Exhibit): string[] {
  const files = [...new Set(edits.map(({ file }) => `\`${file}\``))].join(", ");
  const test = `\`${scenario.file}\` "${scenario.titles.join(" > ")}"`;
  return [bugs.length === 0 ? "none" : bugs.join(", "), defect, `${guard} ${files}`, test, `yes: \`${name}\``];
}

/** Returns a table whose columns are aligned, as Biome formats it. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const [first = "", ...others] = all.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column]!))));
  return [first, line(widths.map((width) => "-".repeat(width))), ...others].join("");
}
