import { type Summary, summarize } from "../report/statistics.ts";
import type { JobResult } from "./load/job.ts";
import type { CellName } from "./plan.ts";
import type { ServerName } from "./server-name.ts";

/** Figures of a server that was just started, and of one at the end of the loads. */
export type ServerFigure =
  | "start.firstAnswerMs"
  | "start.residentBytes"
  | "hold.bytesEach"
  | "end.residentBytes"
  | "rest.residentBytes";

/** Name of a figure: its cell and metric. */
export type FigureName = `${CellName}.${keyof JobResult}` | ServerFigure;

/** Figures of all rounds, by server and name. */
export class Figures {
  readonly #rounds = new Map<string, number[]>();

  add(serverName: ServerName, name: FigureName, value: number): void {
    const rounds = this.#rounds.get(`${serverName} ${name}`);
    if (rounds === undefined) this.#rounds.set(`${serverName} ${name}`, [value]);
    else rounds.push(value);
  }

  addResult(serverName: ServerName, cell: CellName, result: JobResult): void {
    for (const [metric, value] of Object.entries(result) as [keyof JobResult, number][]) {
      this.add(serverName, `${cell}.${metric}`, value);
    }
  }

  /** The server that ours is compared with. */
  get peer(): ServerName {
    return [...this.#rounds.keys()].some((key) => key.startsWith("other ")) ? "other" : "apache";
  }

  /** Returns the figure of each round; empty if it was not measured. */
  rounds(serverName: ServerName, name: FigureName): readonly number[] {
    return this.#rounds.get(`${serverName} ${name}`) ?? [];
  }

  /** Returns median and spread over the rounds; undefined if nothing was measured. */
  summary(serverName: ServerName, name: FigureName): Summary | undefined {
    const rounds = this.rounds(serverName, name);
    return rounds.length === 0 ? undefined : summarize(rounds);
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries(this.#rounds);
  }
}
