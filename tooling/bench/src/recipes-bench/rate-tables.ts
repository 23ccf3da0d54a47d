import type { Table } from "../report/table.ts";
import { threeDigits } from "../report/three-digits.ts";
import { SERVER_NAMES, SERVER_TITLES } from "../server-bench/server-name.ts";
import { cellsOf, MARKS, mediansOf, rateVerdict, timesBetter } from "./comparison.ts";
import { barrierFigure, EXPIRY_FIGURE, handOverFigure, KILL_FIGURE, RESIGN_FIGURE } from "./figure-names.ts";
import type { Figures } from "./figures.ts";
import type { Plan } from "./plan.ts";

/** Returns the table of hand-overs of a mutex per second, and of CPU time per hand-over. The target is Curator's rate. */
export function handOverTable(figures: Figures, { contenders }: Pick<Plan, "contenders">): Table {
  return {
    head: ["server", "contenders", "a second", "±", "Curator's", "±", "times better", "", "CPU, µs", "Curator's"],
    align: ["left", "right", "right", "right", "right", "right", "right", "left", "right", "right"],
    rows: grouped((server) =>
      contenders.map((count) => {
        const rate = { figures, server, name: handOverFigure(count, "perSecond") };
        const verdict = rateVerdict(rate);
        return [
          SERVER_TITLES[server],
          String(count),
          ...cellsOf(rate),
          timesBetter(rate, true),
          verdict === undefined ? "" : MARKS[verdict],
          ...mediansOf({ figures, server, name: handOverFigure(count, "cpuUs") }),
        ];
      }),
    ),
  };
}

/** Returns the table of times from the end of a leader until the next one leads. */
export function failOverTable(figures: Figures): Table {
  return {
    head: ["server", "the leader", "ms", "±", "Curator's", "±", "times better"],
    align: ["left", "left", "right", "right", "right", "right", "right"],
    rows: grouped((server) =>
      [
        { title: "resigns", name: RESIGN_FIGURE },
        { title: "is killed, in all", name: KILL_FIGURE },
        { title: "is killed, since its session ended", name: EXPIRY_FIGURE },
      ].map(({ title, name }) => {
        const time = { figures, server, name };
        return [SERVER_TITLES[server], title, ...cellsOf(time), timesBetter(time, false)];
      }),
    ),
  };
}

/**
 * Seconds for 1,600 barriers on an ensemble of three, from table 3 of the ZooKeeper paper (Hunt, Konar, Junqueira, Reed:
 * USENIX ATC 2010), by number of clients.
 */
const PAPER_SECONDS: Readonly<Record<number, number>> = { 50: 54, 100: 102.7, 200: 234.4 };
const PAPER_BARRIERS = 1_600;

/** Returns the table of durations of a double barrier, and of the CPU time of the clients' process. */
export function barrierTable(figures: Figures, { barrierClients }: Pick<Plan, "barrierClients">): Table {
  return {
    head: ["server", "clients", "ms", "±", "Curator's", "±", "times better", "paper", "CPU, ms", "Curator's"],
    align: ["left", "right", "right", "right", "right", "right", "right", "right", "right", "right"],
    rows: grouped((server) =>
      barrierClients.map((clients) => {
        const time = { figures, server, name: barrierFigure(clients, "ms") };
        const paper = PAPER_SECONDS[clients];
        return [
          SERVER_TITLES[server],
          String(clients),
          ...cellsOf(time),
          timesBetter(time, false),
          paper === undefined ? "" : threeDigits((paper * 1000) / PAPER_BARRIERS),
          ...mediansOf({ figures, server, name: barrierFigure(clients, "cpuMs") }),
        ];
      }),
    ),
  };
}

function grouped(rowsOf: (server: (typeof SERVER_NAMES)[number]) => readonly (readonly string[])[]): Table["rows"] {
  return SERVER_NAMES.flatMap((server, index) => [...(index === 0 ? [] : [null]), ...rowsOf(server)]);
}
