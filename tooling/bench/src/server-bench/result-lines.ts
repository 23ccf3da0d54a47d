import { BUSY, CROWD, type Plan, WATCHERS } from "./plan.ts";
import type { ResultLine } from "./result-line.ts";

const busy = `${BUSY.connections} × ${BUSY.inFlight}`;
const crowd = `${CROWD.connections} × ${CROWD.inFlight}`;
const watchers = `${WATCHERS.toLocaleString("en-US")} watch events delivered`;

const cpu: readonly ResultLine[] = [
  { title: `get, ${busy}: CPU`, figure: "get.cpuUs", unit: "µs", target: { times: 4 } },
  { title: `set, ${busy}: CPU`, figure: "set.cpuUs", unit: "µs", target: { times: 3 } },
  { title: `create, ${busy}: CPU`, figure: "create.cpuUs", unit: "µs", target: { times: 3 } },
  { title: `get, ${crowd}: CPU`, figure: "get-crowd.cpuUs", unit: "µs" },
  { title: "session opened: CPU", figure: "sessions.cpuUs", unit: "µs" },
  { title: `${watchers}: CPU`, figure: "fan-out.cpuUs", unit: "µs" },
];

const speed: readonly ResultLine[] = [
  { title: `get, ${busy}`, figure: "get.perSecond", unit: "a second" },
  { title: `set, ${busy}`, figure: "set.perSecond", unit: "a second" },
  { title: `create, ${busy}`, figure: "create.perSecond", unit: "a second" },
  { title: `get, ${crowd}`, figure: "get-crowd.perSecond", unit: "a second" },
  { title: "sessions opened", figure: "sessions.perSecond", unit: "a second" },
];

const time: readonly ResultLine[] = [
  ...(["get", "set", "create"] as const).flatMap((operation): ResultLine[] => [
    { title: `${operation}, one at a time: p50`, figure: `${operation}-alone.p50Us`, unit: "µs" },
    { title: `${operation}, one at a time: p99`, figure: `${operation}-alone.p99Us`, unit: "µs" },
  ]),
  { title: watchers, figure: "fan-out.deliveryMs", unit: "ms", target: { times: 2 } },
  { title: "start to first answer", figure: "start.firstAnswerMs", unit: "ms", target: { times: 4 } },
];

const memory = (heldSessions: number): readonly ResultLine[] => [
  { title: "resident after start", figure: "start.residentBytes", unit: "MiB", target: { times: 3 } },
  { title: "resident at the end of the load", figure: "end.residentBytes", unit: "MiB", target: { times: 3 } },
  { title: "resident when it has rested", figure: "rest.residentBytes", unit: "MiB", target: { times: 3 } },
  {
    title: `resident for each of ${heldSessions.toLocaleString("en-US")} sessions`,
    figure: "hold.bytesEach",
    unit: "KiB",
    target: { atMost: 15 },
  },
];

/** Returns all rows, in groups. */
export function resultLines({ heldSessions }: Pick<Plan, "heldSessions">): readonly (readonly ResultLine[])[] {
  return [cpu, speed, time, memory(heldSessions)];
}
