import type { Table } from "../table.ts";
import { percent, threeDigits } from "../three-digits.ts";
import { CONTENDERS, type Contender, measures, OURS, TITLES } from "./contender.ts";
import { CELLS, type Cell } from "./plan.ts";
import type { Results } from "./results.ts";
import type { ServerKind } from "./servers.ts";

/**
 * Every client in every cell against one server. The last two columns are the peers' figures in units of ours: above 1
 * means that the peer burns more CPU, and below 1 that it does fewer operations.
 */
export function resultTable(results: Results, server: ServerKind): Table {
  const rows = CELLS.flatMap((cell, index) => [
    ...(index === 0 ? [] : [null]),
    ...CONTENDERS.filter((contender) => measures(contender, cell.operation)).map((contender) =>
      row(results, server, contender, cell),
    ),
  ]);
  return {
    head: ["", "depth", "client", "CPU µs/op", "±", "ops/s", "±", "p50 µs", "p99 µs", "CPU ×ours", "ops/s ×ours"],
    align: ["left", "right", "left", ...Array.from({ length: 8 }, () => "right" as const)],
    rows,
  };
}

function row(results: Results, server: ServerKind, contender: Contender, cell: Cell): string[] {
  const summary = (metric: Parameters<Results["summary"]>[3]) => results.summary(server, contender, cell, metric);
  const cpu = summary("cpuUs");
  const speed = summary("perSecond");
  const name = [cell.operation, String(cell.depth), TITLES[contender]];
  if (cpu === undefined || speed === undefined) return [...name, ...Array.from({ length: 8 }, () => "–")];
  const times = (metric: "cpuUs" | "perSecond"): string => {
    const ratio = results.ratio(server, OURS, contender, cell, metric);
    return contender === OURS || ratio === undefined ? "" : `${ratio.toFixed(2)}×`;
  };
  return [
    ...name,
    threeDigits(cpu.median),
    percent(cpu.spread),
    threeDigits(speed.median),
    percent(speed.spread),
    threeDigits(summary("p50Us")!.median),
    threeDigits(summary("p99Us")!.median),
    times("cpuUs"),
    times("perSecond"),
  ];
}
