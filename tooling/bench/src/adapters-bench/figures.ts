import { type Summary, summarize } from "../report/statistics.ts";
import type { QueueCell } from "./plan.ts";

/** Framework of guarded calls. */
export type Framework = "nest" | "express";

/** Figures of all rounds, by name. */
export class Figures {
  readonly #rounds = new Map<string, number[]>();

  addCalls(framework: Framework, us: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(us)) this.#add(`${framework} ${name}`, value);
  }

  addQueue(cell: QueueCell, jobsPerSecond: number): void {
    this.#add(queueKey(cell), jobsPerSecond);
  }

  /** Returns the microseconds of a call, by round. */
  calls(framework: Framework, name: string): readonly number[] {
    return this.#of(`${framework} ${name}`);
  }

  /** Returns the difference in microseconds between a guarded call and the bare call of the same round. */
  costs(framework: Framework, name: string): readonly number[] {
    const bare = this.calls(framework, "bare");
    return this.calls(framework, name).map((us, round) => us - bare[round]!);
  }

  /** Returns the jobs per second of a queue. */
  queue(cell: QueueCell): Summary {
    return summarize(this.#of(queueKey(cell)));
  }

  /** Returns the throughput of a guarded queue as a share of the bare queue's throughput in the same round. */
  queueShare(cell: QueueCell): Summary {
    const bare = this.#of(queueKey({ ...cell, guard: "bare" }));
    return summarize(this.#of(queueKey(cell)).map((jobs, round) => jobs / bare[round]!));
  }

  toJSON(): object {
    return Object.fromEntries(this.#rounds);
  }

  #add(key: string, value: number): void {
    const rounds = this.#rounds.get(key);
    if (rounds === undefined) this.#rounds.set(key, [value]);
    else rounds.push(value);
  }

  #of(key: string): readonly number[] {
    return this.#rounds.get(key) ?? [];
  }
}

function queueKey({ guard, workMs }: QueueCell): string {
  return `queue ${guard}, ${workMs} ms`;
}
