import { type Summary, summarize } from "../statistics.ts";
import type { Contestant } from "./contestant.ts";
import type { JobResult } from "./load/job.ts";
import type { CellName } from "./plan.ts";

/** What is measured of a server that was just started, and at the end. */
export type ServerFigure =
  | "start.firstAnswerMs"
  | "start.residentBytes"
  | "hold.bytesEach"
  | "end.residentBytes"
  | "rest.residentBytes";

/** What a figure is called: by the cell and what was measured in it. */
export type FigureName = `${CellName}.${keyof JobResult}` | ServerFigure;

/** Collects what the rounds bring. */
export class Figures {
  readonly #rounds = new Map<string, number[]>();

  add(contestant: Contestant, name: FigureName, value: number): void {
    const rounds = this.#rounds.get(`${contestant} ${name}`);
    if (rounds === undefined) this.#rounds.set(`${contestant} ${name}`, [value]);
    else rounds.push(value);
  }

  addResult(contestant: Contestant, cell: CellName, result: JobResult): void {
    for (const [metric, value] of Object.entries(result) as [keyof JobResult, number][]) {
      this.add(contestant, `${cell}.${metric}`, value);
    }
  }

  /** Of each round; none where it was not measured. */
  rounds(contestant: Contestant, name: FigureName): readonly number[] {
    return this.#rounds.get(`${contestant} ${name}`) ?? [];
  }

  /** Median and spread over the rounds; `undefined` where nothing was measured. */
  summary(contestant: Contestant, name: FigureName): Summary | undefined {
    const rounds = this.rounds(contestant, name);
    return rounds.length === 0 ? undefined : summarize(rounds);
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#rounds);
  }
}
