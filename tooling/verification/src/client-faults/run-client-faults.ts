import { connect as connectClient } from "@conclave/client";
import { forEachSeed, type SeedOptions, type TestServer } from "@conclave/testing";
import type { Connect } from "./actor.ts";
import { runRound } from "./run-round.ts";

/** Options of {@link runClientFaults}. */
export interface ClientFaultsOptions {
  /** Server to run on. It is restarted. */
  readonly target: TestServer;
  /**
   * Number of rounds. Each has its own seed, six clients, some two thousand operations and every fault, and takes about ten
   * seconds.
   * @default 3
   */
  readonly rounds?: number | undefined;
  /**
   * Restarts the server in one of this many rounds; 0 means never.
   * @default 2
   */
  readonly restartEvery?: number | undefined;
  /**
   * Connects the client under test.
   * @default `connect` of @conclave/client
   */
  readonly connect?: Connect | undefined;
  /**
   * Time for which a contradiction must last to count, in milliseconds: a server may still be busy with a request that its
   * client lost, or with a session that has ended.
   * @default 60_000
   */
  readonly lastsMs?: number | undefined;
  /** First seed; see {@link SeedOptions}. @default random */
  readonly firstSeed?: SeedOptions["first"];
  /** Ends the run after the current round. */
  readonly signal?: AbortSignal | undefined;
}

/** Totals of the rounds run so far. */
export interface ClientFaultsReport {
  readonly rounds: number;
  readonly operations: number;
  /** Number of operations by outcome: `done`, `not-applied`, `rejected`, `unknown`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Number of times each fault was injected, by its name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Number of one-shot watches, by the type of their event. */
  readonly watches: Readonly<Record<string, number>>;
  /** Number of expired sessions, and of connection losses that the session survived. */
  readonly expiries: number;
  readonly suspensions: number;
}

/**
 * Runs random operations of several clients through random faults, and compares the results with the tree: every operation
 * settles once; successful writes are in the tree; `not-applied` and `rejected` ones are not; `unknown` ones were applied once
 * and completely, or not at all; every one-shot watch fires once, for a change or the end of its session, and misses no change
 * while its session lives; no client sees an older state after a newer one.
 *
 * Rejects with a `SeedError` that names the seed and the violations; `CONCLAVE_SEED` runs that round alone. (The seed
 * determines operations, faults and their times; which of them coincide also depends on the machine.)
 */
export async function runClientFaults(options: ClientFaultsOptions): Promise<ClientFaultsReport> {
  const { target, rounds = 3, restartEvery = 2, connect = connectClient, lastsMs, firstSeed, signal } = options;
  const outcomes = new Tally();
  const faults = new Tally();
  const watches = new Tally();
  const states = new Tally();
  let finished = 0;
  let operations = 0;
  await forEachSeed(
    async (random, seed) => {
      if (signal?.aborted) return;
      const root = `/faults-${seed}-${finished++}-${Date.now().toString(36)}`;
      const withRestart = restartEvery > 0 && seed % restartEvery === 0;
      const round = await runRound({ connect, target, root, random, withRestart, lastsMs });
      operations += round.log.calls.length;
      for (const { outcome } of round.log.calls) outcomes.add(outcome);
      for (const name of round.faults) faults.add(name);
      for (const actor of round.actors) {
        for (const { events } of actor.watches.all) watches.add(events[0]?.type);
        for (const state of actor.states.events) states.add(state);
      }
    },
    { count: rounds, first: firstSeed },
  );
  const { expired = 0, suspended = 0 } = states.counts;
  return {
    ...{ rounds: finished, operations, expiries: expired, suspensions: suspended },
    ...{ outcomes: outcomes.counts, faults: faults.counts, watches: watches.counts },
  };
}

class Tally {
  readonly counts: Record<string, number> = {};

  add(name: string | undefined): void {
    if (name !== undefined) this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}
