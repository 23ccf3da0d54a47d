import type { Table } from "../report/table.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import { CLIENTS, type ClientName, measures, OTHER, OURS, TITLES } from "./measured-clients.ts";
import { CELLS, type Cell } from "./plan.ts";
import type { Results } from "./results.ts";
import type { ServerKind } from "./servers.ts";

/**
 * Returns the table of every client in every cell against one server. The last two columns are a peer's figures divided by
 * ours: above 1 the peer uses more CPU time, or does more operations.
 */
export function resultTable(results: Results, server: ServerKind): Table {
  const rows = CELLS.flatMap((cell, index) => [
    ...(index === 0 ? [] : [null]),
    ...CLIENTS.filter((client) => measures(client, cell.operation))
      .filter((client) => client !== OTHER || results.find(server, OTHER, cell) !== undefined)
      .map((client) => row(results, server, client, cell)),
  ]);
  return {
    head: ["", "depth", "client", "CPU µs/op", "±", "ops/s", "±", "p50 µs", "p99 µs", "CPU ×ours", "ops/s ×ours"],
    align: ["left", "right", "left", ...Array.from({ length: 8 }, () => "right" as const)],
    rows,
  };
}

function row(results: Results, server: ServerKind, client: ClientName, cell: Cell): string[] {
  const summary = (metric: Parameters<Results["summary"]>[3]) => results.summary(server, client, cell, metric);
  const cpu = summary("cpuUs");
  const speed = summary("perSecond");
  const name = [cell.operation, String(cell.depth), TITLES[client]];
  if (cpu === undefined || speed === undefined) return [...name, ...Array.from({ length: 8 }, () => "–")];
  const times = (metric: "cpuUs" | "perSecond"): string => {
    const ratio = results.ratio(server, OURS, client, cell, metric);
    return client === OURS || ratio === undefined ? "" : `${ratio.toFixed(2)}×`;
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
