import { threeDigits } from "../report/three-digits.ts";
import { compareRounds, type Verdict } from "../report/verdict.ts";
import { type ClientName, OURS, OURS_BATCHING, type Peer, TITLES } from "./measured-clients.ts";
import type { Cell } from "./plan.ts";
import type { Metric, Results } from "./results.ts";
import type { BenchServer } from "./servers.ts";

/** A target, and the result of its comparison. */
export interface Target {
  readonly text: string;
  readonly verdict: Verdict;
}

const GET_64: Cell = { operation: "get", depth: 64 };
const GET_1: Cell = { operation: "get", depth: 1 };
const CPU_FACTOR = 6;
const PURE: Peer = "node-zookeeper-client";

/**
 * Returns the targets against each server: a sixth of the pure peer's CPU time per get at depth 64, by default and with
 * batchReads; and no faster peer at depth 1.
 */
export function targets(results: Results, servers: readonly Pick<BenchServer, "kind" | "title">[]): Target[] {
  return servers.flatMap(({ kind, title }) => {
    const compare = (
      own: ClientName,
      peer: Peer,
      cell: Cell,
      metric: Metric,
      factor: number,
      text: Describe,
    ): Target[] => {
      const [ours, theirs] = [own, peer].map((client) => results.find(kind, client, cell)?.rounds);
      const ratio = results.ratio(kind, own, peer, cell, metric);
      if (ours === undefined || theirs === undefined || ratio === undefined) return [];
      const figure = (client: ClientName) => threeDigits(results.summary(kind, client, cell, metric)!.median);
      const verdict = compareRounds(
        ours.map((round) => round[metric]),
        theirs.map((round) => round[metric]),
        factor,
      );
      return [
        {
          text: `${title}: ${text(`${TITLES[own]} ${figure(own)}`, figure(peer), ratio.toFixed(2), TITLES[peer])}`,
          verdict,
        },
      ];
    };
    const cpuText: Describe = (ours, theirs, ratio, peer) =>
      `CPU per get at depth 64: ${ours} µs, ${peer} ${theirs} µs, ${ratio} times ours (target ${CPU_FACTOR})`;
    const latencyText: Describe = (ours, theirs, ratio, peer) =>
      `p50 of a get at depth 1: ${ours} µs, ${peer} ${theirs} µs, ${ratio} times ours (target 1)`;
    return [
      ...compare(OURS, PURE, GET_64, "cpuUs", CPU_FACTOR, cpuText),
      ...compare(OURS_BATCHING, PURE, GET_64, "cpuUs", CPU_FACTOR, cpuText),
      ...compare(OURS, PURE, GET_1, "p50Us", 1, latencyText),
      ...compare(OURS, "zookeeper", GET_1, "p50Us", 1, latencyText),
    ];
  });
}

type Describe = (ours: string, theirs: string, ratio: string, peer: string) => string;
