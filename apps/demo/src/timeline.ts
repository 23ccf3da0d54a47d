import { shownText } from "@conclave/runtime";
import colors from "picocolors";

const ACTOR_WIDTH = 11;
const palette = [colors.cyan, colors.magenta, colors.yellow, colors.blue];

/** Something that an actor (a process, an app, the demo) did, and its time since the start. */
export interface TimelineEvent {
  readonly seconds: number;
  readonly actor: string;
  readonly text: string;
}

/** Log of a run, one event a line: time, actor, text. Each actor has a colour of its own on a terminal. */
export class Timeline {
  readonly #write: (line: string) => void;
  readonly #startedAt: number;
  readonly #listeners: ((event: TimelineEvent) => void)[] = [];
  readonly #colorOf = new Map<string, (text: string) => string>();

  constructor(write: (line: string) => void, startedAt: number) {
    this.#write = write;
    this.#startedAt = startedAt;
  }

  /** Calls `listener` with each later event. */
  on(listener: (event: TimelineEvent) => void): void {
    this.#listeners.push(listener);
  }

  heading(text: string): void {
    this.#write(`\n${colors.bold(text)}\n`);
  }

  /** Logs an event at a time in milliseconds since 1970. */
  event(at: number, actor: string, text: string): void {
    const seconds = Math.max(at - this.#startedAt, 0) / 1000;
    const event = { seconds, actor: shownText(actor), text: shownText(text) };
    for (const listener of this.#listeners) listener(event);
    const time = seconds.toFixed(1).padStart(5);
    this.#write(`  ${colors.dim(`${time} s`)}  ${this.#color(actor)(event.actor.padEnd(ACTOR_WIDTH))}  ${event.text}`);
  }

  line(text: string): void {
    this.#write(text);
  }

  #color(actor: string): (text: string) => string {
    let color = this.#colorOf.get(actor);
    if (color === undefined) {
      color = actor === "demo" || actor === "ensemble" ? colors.bold : palette[this.#colorOf.size % palette.length]!;
      this.#colorOf.set(actor, color);
    }
    return color;
  }
}
