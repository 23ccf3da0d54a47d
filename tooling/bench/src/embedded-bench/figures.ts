import { type Summary, summarize } from "../report/statistics.ts";
import type { Coordination } from "./plan.ts";

/** What is measured of each coordination. Those of an ensemble are missing without one. */
export interface Measured {
  readonly residentMib: number;
  readonly sharedOnceMib: number;
  readonly serversSharedOnceMib?: number;
  readonly idleCpuPercent: number;
  readonly requestP50Ms: number;
  readonly requestP99Ms: number;
  readonly busyRequestP50Ms?: number;
  readonly busyRequestP99Ms?: number;
  readonly writeP50Ms?: number;
  readonly writeP99Ms?: number;
  readonly slicedWriteP50Ms?: number;
  readonly slicedWriteP99Ms?: number;
  readonly slicedLongestMs?: number;
  readonly slicedLeaderChanges?: number;
}

export type FigureName = keyof Measured;

/** Figures of all rounds. */
export class Figures {
  readonly #rounds = new Map<Coordination, Measured[]>();

  add(coordination: Coordination, measured: Measured): void {
    this.#rounds.set(coordination, [...(this.#rounds.get(coordination) ?? []), measured]);
  }

  /** Returns a figure over all rounds; undefined if it was not measured. */
  of(coordination: Coordination, name: FigureName): Summary | undefined {
    const values = (this.#rounds.get(coordination) ?? []).flatMap((round) => round[name] ?? []);
    return values.length === 0 ? undefined : summarize(values);
  }

  toJSON(): object {
    return Object.fromEntries(this.#rounds);
  }
}
