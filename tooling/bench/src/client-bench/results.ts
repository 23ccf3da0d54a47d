import { type Summary, summarize } from "../report/statistics.ts";
import type { Measured } from "./measure.ts";
import type { ClientName } from "./measured-clients.ts";
import type { Cell } from "./plan.ts";
import type { CellResult } from "./run-worker.ts";
import type { ServerKind } from "./servers.ts";

export type Metric = Exclude<keyof Measured, "operations">;

/** Figures of one client in one cell against one server, of all rounds. */
export interface Result {
  readonly server: ServerKind;
  readonly client: ClientName;
  readonly cell: Cell;
  readonly rounds: readonly Measured[];
}

/** Figures of all rounds. */
export class Results {
  readonly #results: (Result & { readonly rounds: Measured[] })[] = [];

  add(server: ServerKind, client: ClientName, cells: readonly CellResult[]): void {
    for (const { cell, measured } of cells) {
      const found = this.find(server, client, cell);
      if (found === undefined) this.#results.push({ server, client, cell, rounds: [measured] });
      else found.rounds.push(measured);
    }
  }

  find(server: ServerKind, client: ClientName, cell: Cell): (Result & { readonly rounds: Measured[] }) | undefined {
    return this.#results.find(
      (each) =>
        each.server === server &&
        each.client === client &&
        each.cell.operation === cell.operation &&
        each.cell.depth === cell.depth,
    );
  }

  /** Returns median and spread over the rounds; undefined if nothing was measured. */
  summary(server: ServerKind, client: ClientName, cell: Cell, metric: Metric): Summary | undefined {
    const rounds = this.find(server, client, cell)?.rounds;
    return rounds === undefined ? undefined : summarize(rounds.map((round) => round[metric]));
  }

  /** Returns the second client's median divided by the first client's. */
  ratio(server: ServerKind, of: ClientName, to: ClientName, cell: Cell, metric: Metric): number | undefined {
    const below = this.summary(server, of, cell, metric);
    const above = this.summary(server, to, cell, metric);
    return below === undefined || above === undefined ? undefined : above.median / below.median;
  }

  toJSON(): readonly Result[] {
    return this.#results;
  }
}
