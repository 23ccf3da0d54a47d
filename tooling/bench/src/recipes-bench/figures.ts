import type { Contestant } from "../server-bench/contestant.ts";
import { type Summary, summarize } from "../statistics.ts";
import type { ContenderName } from "./contender.ts";

/** Collects what the rounds bring: of recipes, on a server, by the name of a figure. */
export class Figures {
  readonly #rounds = new Map<string, number[]>();

  add(contender: ContenderName, server: Contestant, name: string, value: number): void {
    const key = keyOf(contender, server, name);
    const rounds = this.#rounds.get(key);
    if (rounds === undefined) this.#rounds.set(key, [value]);
    else rounds.push(value);
  }

  addAll(contender: ContenderName, server: Contestant, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.add(contender, server, name, value);
  }

  /** Of each round; none where it was not measured. */
  rounds(contender: ContenderName, server: Contestant, name: string): readonly number[] {
    return this.#rounds.get(keyOf(contender, server, name)) ?? [];
  }

  /** Median and spread over the rounds; `undefined` where nothing was measured. */
  summary(contender: ContenderName, server: Contestant, name: string): Summary | undefined {
    const rounds = this.rounds(contender, server, name);
    return rounds.length === 0 ? undefined : summarize(rounds);
  }

  /** Ours by Curator's of the same round, which were measured right after each other; none where one was not measured. */
  ratios(server: Contestant, name: string): readonly number[] {
    const theirs = this.rounds("curator", server, name);
    const ours = this.rounds("conclave", server, name);
    return theirs.length === 0 ? [] : ours.map((value, round) => value / theirs[round]!);
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#rounds);
  }
}

function keyOf(contender: ContenderName, server: Contestant, name: string): string {
  return `${contender} on ${server}: ${name}`;
}
