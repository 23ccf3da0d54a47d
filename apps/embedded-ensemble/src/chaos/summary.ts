import type { ChaosRecord } from "./chaos-record.js";
import { FAULT_KINDS } from "./fault-plan.js";
import { type Gap, longestGap } from "./gaps.js";

/** Figures of several chaos runs together. */
export class Summary {
  #rounds = 0;
  #runs = 0;
  #tokens = 0;
  #refusals = 0;
  #longest: Gap | undefined;
  readonly #faults = new Map(FAULT_KINDS.map((kind) => [kind, 0]));

  add(record: ChaosRecord): void {
    this.#rounds++;
    this.#runs += record.runs.length;
    this.#tokens += new Set(record.runs.map(({ token }) => token)).size;
    this.#refusals += record.refusals;
    for (const { kind } of record.outages) this.#faults.set(kind, this.#faults.get(kind)! + 1);
    const gap = longestGap(record);
    if (gap !== undefined && gap.ms >= (this.#longest?.ms ?? 0)) this.#longest = gap;
  }

  /** One line. */
  toString(): string {
    const faults = [...this.#faults].map(([kind, count]) => `${kind} ${count}`).join(", ");
    const counts = `${this.#rounds} ${this.#rounds === 1 ? "round" : "rounds"}, ${this.#runs} invoice runs under ${this.#tokens} tokens`;
    const longest = `longest time without a leader at work: ${this.#longest?.text ?? "none"}`;
    return `${counts}; faults: ${faults}; ${this.#refusals} late writes refused; ${longest}`;
  }
}
