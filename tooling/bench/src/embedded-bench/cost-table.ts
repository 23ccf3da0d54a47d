import type { Table } from "../report/table.ts";
import { percent, threeDigits } from "../report/three-digits.ts";
import type { FigureName, Figures } from "./figures.ts";
import { COORDINATIONS, type Coordination, REQUESTS_PER_SECOND, SLICES, WRITES_PER_SECOND } from "./plan.ts";

const TITLES: Readonly<Record<Coordination, string>> = {
  worker: "member in a worker thread",
  main: "member in the main thread",
  external: "servers beside the app",
  none: "no coordination",
};

const BUSY = `with ${WRITES_PER_SECOND} writes a second`;
const SLICED = `user code takes ${SLICES.busyMs} of ${SLICES.everyMs} ms`;

const LINES: readonly (readonly [FigureName, string])[] = [
  ["residentMib", "an app: resident, MiB"],
  ["sharedOnceMib", "an app: shared pages once, MiB"],
  ["serversSharedOnceMib", "a server beside it: shared pages once, MiB"],
  ["idleCpuPercent", "idle: CPU of app and server, % of a core"],
  ["requestP50Ms", `${REQUESTS_PER_SECOND} requests a second: p50, ms`],
  ["requestP99Ms", `${REQUESTS_PER_SECOND} requests a second: p99, ms`],
  ["busyRequestP50Ms", `the same ${BUSY}: p50, ms`],
  ["busyRequestP99Ms", `the same ${BUSY}: p99, ms`],
  ["writeP50Ms", "one write after the other: p50, ms"],
  ["writeP99Ms", "one write after the other: p99, ms"],
  ["slicedWriteP50Ms", `the same while ${SLICED}: p50, ms`],
  ["slicedWriteP99Ms", `the same while ${SLICED}: p99, ms`],
  ["slicedLongestMs", `the same while ${SLICED}: longest, ms`],
  ["slicedLeaderChanges", `changes of the leader while ${SLICED}`],
];

/** Returns the table of all coordinations, each with the spread of its rounds. */
export function costTable(figures: Figures): Table {
  return {
    head: ["what", ...COORDINATIONS.flatMap((coordination) => [TITLES[coordination], "±"])],
    align: ["left", ...COORDINATIONS.flatMap(() => ["right", "right"] as const)],
    rows: LINES.map(([name, title]) => [
      title,
      ...COORDINATIONS.flatMap((coordination) => {
        const summary = figures.of(coordination, name);
        if (summary === undefined) return ["", ""];
        const { median, spread } = summary;
        return [threeDigits(median), Number.isFinite(spread) ? percent(spread) : ""];
      }),
    ]),
  };
}
