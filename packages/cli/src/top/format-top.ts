import { shownText } from "@conclave/runtime";
import type { TopRow, TopView } from "./top-view.js";

/** Column of the table: its title, its text, and its side. */
type Column = readonly [title: string, text: (row: TopRow) => string, side?: "left"];

const COLUMNS: readonly Column[] = [
  ["server", ({ server }) => server, "left"],
  ["mode", ({ mode }) => mode, "left"],
  ["address", ({ address }) => address, "left"],
  ["req/s", ({ requestsPerSecond }) => whole(requestsPerSecond)],
  ["read ms", ({ readMs }) => decimal(readMs)],
  ["write ms", ({ writeMs }) => decimal(writeMs)],
  ["fsync ms", ({ fsyncMs }) => decimal(fsyncMs)],
  ["waiting", ({ outstanding }) => whole(outstanding)],
  ["lag", ({ lag }) => whole(lag)],
  ["conns", ({ connections }) => whole(connections)],
  ["sessions", ({ sessions }) => whole(sessions)],
  ["watches", ({ watches }) => whole(watches)],
  ["znodes", ({ znodes }) => whole(znodes)],
  ["files", ({ openFiles }) => whole(openFiles)],
];

/** Returns the lines of one page; each is cut at `width` characters. */
export function formatTop(view: TopView, servers: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  const { rows, leader, requestsPerSecond, withoutMetrics } = view;
  const running = rows.filter(({ failure }) => failure === undefined).length;
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, text]) => shownText(text(row)))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((each) => each[column]!.length)));
  const table = cells.map((each) =>
    each
      .map((text, column) =>
        COLUMNS[column]![2] === "left" ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const failures = rows.flatMap(({ server, failure }) => (failure === undefined ? [] : [`${server}: ${failure}`]));
  const lines = [
    `${new Date(view.atMs).toISOString()}  ${servers}`,
    `${running} of ${rows.length} servers answer, ${leader === undefined ? "no leader" : `leader ${leader}`}, ${whole(requestsPerSecond)} requests/s`,
    "",
    ...table,
    ...(failures.length === 0 ? [] : ["", ...failures]),
    ...(withoutMetrics.length === 0
      ? []
      : ["", `add mntr to 4lw.commands.whitelist of ${withoutMetrics.join(", ")} to see more of them`]),
  ];
  return lines.map((line) => shownText(line).slice(0, width));
}

function whole(value: number | undefined): string {
  return value === undefined ? "-" : String(Math.round(value));
}

function decimal(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(value < 10 ? 2 : 1);
}
