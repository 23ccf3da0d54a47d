import { type Summary, summarize } from "../report/statistics.ts";
import type { ServerName } from "../server-bench/server-name.ts";
import type { LibraryName } from "./library.ts";

/** Figures of all rounds, by library, server and name. */
export class Figures {
  readonly #rounds = new Map<string, number[]>();

  add(library: LibraryName, server: ServerName, name: string, value: number): void {
    const key = keyOf(library, server, name);
    const rounds = this.#rounds.get(key);
    if (rounds === undefined) this.#rounds.set(key, [value]);
    else rounds.push(value);
  }

  addAll(library: LibraryName, server: ServerName, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.add(library, server, name, value);
  }

  /** Returns the figure of each round; empty if it was not measured. */
  rounds(library: LibraryName, server: ServerName, name: string): readonly number[] {
    return this.#rounds.get(keyOf(library, server, name)) ?? [];
  }

  /** Returns median and spread over the rounds; undefined if nothing was measured. */
  summary(library: LibraryName, server: ServerName, name: string): Summary | undefined {
    const rounds = this.rounds(library, server, name);
    return rounds.length === 0 ? undefined : summarize(rounds);
  }

  /** Returns ours divided by Curator's of the same round, by round; empty if one of them was not measured. */
  ratios(server: ServerName, name: string): readonly number[] {
    const theirs = this.rounds("curator", server, name);
    const ours = this.rounds("conclave", server, name);
    return theirs.length === 0 ? [] : ours.map((value, round) => value / theirs[round]!);
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#rounds);
  }
}

function keyOf(library: LibraryName, server: ServerName, name: string): string {
  return `${library} on ${server}: ${name}`;
}
