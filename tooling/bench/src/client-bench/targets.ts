import { type Contender, OURS, TITLES } from "./contender.ts";
import type { Cell } from "./plan.ts";
import { threeDigits } from "./result-table.ts";
import type { Results } from "./results.ts";
import type { BenchServer } from "./servers.ts";

/** Something that we set out to reach, and whether a run shows it. */
export interface Target {
  readonly text: string;
  readonly isReached: boolean;
}

const GET_64: Cell = { operation: "get", depth: 64 };
const GET_1: Cell = { operation: "get", depth: 1 };
const CPU_FACTOR = 6;
const PURE: Contender = "node-zookeeper-client";

/** Against each server: a sixth of the pure peer's CPU per get at depth 64, and at depth 1 no peer faster. */
export function targets(results: Results, servers: readonly Pick<BenchServer, "kind" | "title">[]): Target[] {
  return servers.flatMap(({ kind, title }) => {
    const found: Target[] = [];
    const cpu = results.ratio(kind, OURS, PURE, GET_64, "cpuUs");
    if (cpu !== undefined) {
      const ours = threeDigits(results.summary(kind, OURS, GET_64, "cpuUs")!.median);
      const theirs = threeDigits(results.summary(kind, PURE, GET_64, "cpuUs")!.median);
      found.push({
        text: `${title}: CPU per get at depth 64 is ${ours} µs, ${cpu.toFixed(1)} times less than ${PURE} (${theirs} µs; target ${CPU_FACTOR} times)`,
        isReached: cpu >= CPU_FACTOR,
      });
    }
    for (const peer of [PURE, "zookeeper"] as const) {
      const slower = results.ratio(kind, OURS, peer, GET_1, "p50Us");
      if (slower === undefined) continue;
      const ours = threeDigits(results.summary(kind, OURS, GET_1, "p50Us")!.median);
      const theirs = threeDigits(results.summary(kind, peer, GET_1, "p50Us")!.median);
      found.push({
        text: `${title}: a get at depth 1 takes ${ours} µs (p50), and ${theirs} µs with ${TITLES[peer]}`,
        isReached: slower >= 1,
      });
    }
    return found;
  });
}
