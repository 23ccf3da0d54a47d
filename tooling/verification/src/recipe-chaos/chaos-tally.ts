import type { ChaosRound } from "./chaos-round.ts";

/** Totals of the rounds run so far. */
export interface RecipeChaosReport {
  readonly rounds: number;
  /** Number of times the lock was held. */
  readonly tenures: number;
  /** Number of these in which the process was paused. */
  readonly pausedTenures: number;
  /** Uses of the resource. */
  readonly accepted: number;
  /** Number of uses refused because of a token smaller than an earlier one. */
  readonly refused: number;
  /** Number of times each fault was injected, by its name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Longest time until the views of a round were complete after the last fault, in milliseconds. */
  readonly slowestViewMs: number;
}

/** Adds up the totals of all rounds. */
export class ChaosTally {
  readonly #faults: Record<string, number> = {};
  readonly #sums = { rounds: 0, tenures: 0, pausedTenures: 0, accepted: 0, refused: 0, slowestViewMs: 0 };

  get report(): RecipeChaosReport {
    return { ...this.#sums, faults: { ...this.#faults } };
  }

  addFault(name: string): void {
    this.#faults[name] = (this.#faults[name] ?? 0) + 1;
  }

  addViewMs(viewMs: number): void {
    this.#sums.slowestViewMs = Math.max(this.#sums.slowestViewMs, viewMs);
  }

  addRound({ contenders, accesses }: ChaosRound): void {
    const tenures = contenders.flatMap((contender) => contender.tenures);
    this.#sums.rounds++;
    this.#sums.tenures += tenures.length;
    this.#sums.pausedTenures += tenures.filter(({ pausedAt }) => pausedAt !== undefined).length;
    this.#sums.accepted += accesses.accepted;
    this.#sums.refused += accesses.refused;
  }
}
