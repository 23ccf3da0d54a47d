import { type Summary, summarize } from "../statistics.ts";
import type { Contender } from "./contender.ts";
import type { Measured } from "./measure.ts";
import type { Cell } from "./plan.ts";
import type { CellResult } from "./run-worker.ts";
import type { ServerKind } from "./servers.ts";

export type Metric = Exclude<keyof Measured, "operations">;

/** What all rounds showed of one client in one cell against one server. */
export interface Result {
  readonly server: ServerKind;
  readonly contender: Contender;
  readonly cell: Cell;
  readonly rounds: readonly Measured[];
}

/** Collects what the rounds bring. */
export class Results {
  readonly #results: (Result & { readonly rounds: Measured[] })[] = [];

  add(server: ServerKind, contender: Contender, cells: readonly CellResult[]): void {
    for (const { cell, measured } of cells) {
      const found = this.find(server, contender, cell);
      if (found === undefined) this.#results.push({ server, contender, cell, rounds: [measured] });
      else found.rounds.push(measured);
    }
  }

  find(server: ServerKind, contender: Contender, cell: Cell): (Result & { readonly rounds: Measured[] }) | undefined {
    return this.#results.find(
      (each) =>
        each.server === server &&
        each.contender === contender &&
        each.cell.operation === cell.operation &&
        each.cell.depth === cell.depth,
    );
  }

  /** Median and spread over the rounds; `undefined` where nothing was measured. */
  summary(server: ServerKind, contender: Contender, cell: Cell, metric: Metric): Summary | undefined {
    const rounds = this.find(server, contender, cell)?.rounds;
    return rounds === undefined ? undefined : summarize(rounds.map((round) => round[metric]));
  }

  /** How many times the first contender's median the second's is. */
  ratio(server: ServerKind, of: Contender, to: Contender, cell: Cell, metric: Metric): number | undefined {
    const below = this.summary(server, of, cell, metric);
    const above = this.summary(server, to, cell, metric);
    return below === undefined || above === undefined ? undefined : above.median / below.median;
  }

  toJSON(): readonly Result[] {
    return this.#results;
  }
}
