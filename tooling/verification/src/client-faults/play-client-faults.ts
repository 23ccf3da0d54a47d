import { connect as connectClient } from "@conclave/client";
import { type FaultTarget, forEachSeed, type SeedOptions } from "@conclave/testing";
import { playRound } from "./play-round.ts";
import type { Connect } from "./player.ts";

/** Options of {@link playClientFaults}. */
export interface ClientFaultsOptions {
  /** The server to play on. It is restarted. */
  readonly target: FaultTarget;
  /**
   * Number of rounds. Each has its own seed, six clients, some two thousand operations and every fault, and takes about ten
   * seconds.
   * @default 3
   */
  readonly rounds?: number | undefined;
  /**
   * The server is restarted in one round of so many; 0 for never.
   * @default 2
   */
  readonly restartEvery?: number | undefined;
  /**
   * The client to try.
   * @default `connect` of @conclave/client
   */
  readonly connect?: Connect | undefined;
  /**
   * Time for which a contradiction must last to count, in milliseconds: a server may still be busy with a request that its
   * client lost, or with a session that has ended.
   * @default 60_000
   */
  readonly lastsMs?: number | undefined;
  /** Which seeds; see {@link SeedOptions}. @default by chance */
  readonly firstSeed?: SeedOptions["first"];
  /** Ends the play after the round that is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** Totals of the rounds run so far. */
export interface ClientFaultsReport {
  readonly rounds: number;
  readonly operations: number;
  /** Number of operations by outcome: `done`, `not-applied`, `rejected`, `unknown`. */
  readonly endings: Readonly<Record<string, number>>;
  /** Number of times each fault was injected, by its name. */
  readonly faults: Readonly<Record<string, number>>;
  /** One-shot watches that were left, by the type of the one event that each was told. */
  readonly watches: Readonly<Record<string, number>>;
  /** Sessions that expired, and connections that were lost while their session lived. */
  readonly expiries: number;
  readonly suspensions: number;
}

/**
 * Plays operations by chance, from several clients, through faults by chance, and holds what the clients were told against
 * the tree: every operation settles once; what was reported done is there, what was `not-applied` or `rejected` is not,
 * what is `unknown` was done once, whole, or not at all; every one-shot watch is told once, of a change or of the end of
 * its session, and misses none while its session lives; no client sees the tree go back.
 *
 * Rejects with a `SeedError` that names the seed and what was contradicted; `CONCLAVE_SEED` plays that round alone. (The
 * seed decides operations, faults and their moments; the threads of the machine have a say in what meets what.)
 */
export async function playClientFaults(options: ClientFaultsOptions): Promise<ClientFaultsReport> {
  const { target, rounds = 3, restartEvery = 2, connect = connectClient, lastsMs, firstSeed, signal } = options;
  const endings = new Tally();
  const faults = new Tally();
  const watches = new Tally();
  const states = new Tally();
  let played = 0;
  let operations = 0;
  await forEachSeed(
    async (random, seed) => {
      if (signal?.aborted) return;
      const root = `/faults-${seed}-${played++}-${Date.now().toString(36)}`;
      const withRestart = restartEvery > 0 && seed % restartEvery === 0;
      const round = await playRound({ connect, target, root, random, withRestart, lastsMs });
      operations += round.ledger.calls.length;
      for (const { ending } of round.ledger.calls) endings.add(ending);
      for (const name of round.faults) faults.add(name);
      for (const player of round.players) {
        for (const { events } of player.watches.all) watches.add(events[0]?.type);
        for (const state of player.states.events) states.add(state);
      }
    },
    { count: rounds, first: firstSeed },
  );
  const { expired = 0, suspended = 0 } = states.counts;
  return {
    ...{ rounds: played, operations, expiries: expired, suspensions: suspended },
    ...{ endings: endings.counts, faults: faults.counts, watches: watches.counts },
  };
}

class Tally {
  readonly counts: Record<string, number> = {};

  add(what: string | undefined): void {
    if (what !== undefined) this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}
