import type { WatchEvent } from "@conclave/client";
import type { Ledger } from "./ledger.ts";

/** What a one-shot watch looks at: children by the version of their list, or by their names. */
export type Watched = "data" | "children" | "names";

/** A one-shot watch, from the call of the read that is to leave it. */
export interface Watch {
  readonly of: Watched;
  readonly path: string;
  /** What the read saw; `undefined` until it is answered. Until then there is no watch. */
  seen: string | undefined;
  /** The session that it was left in. */
  sessionId: bigint;
  readonly events: WatchEvent[];
}

/** A znode's creation and version in one word, or that there is none: two words are equal where nothing was changed. */
export const ABSENT = "absent";

/** The one-shot watches of one client. */
export class WatchLog {
  readonly all: Watch[] = [];
  readonly #ledger: Ledger;
  readonly #who: string;
  /** Those that wait for their event, by what they look at. */
  readonly #waiting = new Map<string, Set<Watch>>();

  constructor(ledger: Ledger, who: string) {
    this.#ledger = ledger;
    this.#who = who;
  }

  /** A watch that a read is to leave. */
  prepare(of: Watched, path: string): { readonly watch: Watch; readonly listener: (event: WatchEvent) => void } {
    const watch: Watch = { of, path, seen: undefined, sessionId: 0n, events: [] };
    this.all.push(watch);
    return { watch, listener: (event) => this.#told(watch, event) };
  }

  /** The read was answered, and left the watch. */
  left(watch: Watch, seen: string, sessionId: bigint): void {
    watch.seen = seen;
    watch.sessionId = sessionId;
    const key = `${watch.of} ${watch.path}`;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, new Set([watch]));
    else waiting.add(watch);
  }

  /** An answer shows this: a watch that was left on something else has been told of the change before. */
  shown(of: Watched, path: string, seen: string): void {
    for (const watch of this.#waiting.get(`${of} ${path}`) ?? []) {
      if (watch.seen !== seen) {
        this.#ledger.violation(
          `${this.#who}: ${of} ${path} was shown as ${seen} before its watch (${watch.seen}) was told`,
        );
      }
    }
  }

  /** Those that were left and told nothing yet. */
  get waiting(): readonly Watch[] {
    return [...this.#waiting.values()].flatMap((watches) => [...watches]);
  }

  #told(watch: Watch, event: WatchEvent): void {
    const title = `${this.#who}: the watch on ${watch.of} ${watch.path}`;
    watch.events.push(event);
    this.#waiting.get(`${watch.of} ${watch.path}`)?.delete(watch);
    if (watch.seen === undefined)
      this.#ledger.violation(`${title} was told ${event.type} though its read had no answer`);
    if (watch.events.length > 1) {
      this.#ledger.violation(`${title} was told ${watch.events.map(({ type }) => type).join(", then ")}`);
    }
    if (event.path !== watch.path) this.#ledger.violation(`${title} was told of ${event.path}`);
  }
}
