import type { WatchEvent } from "@conclave/client";
import type { CallLog } from "./call-log.ts";

/** Subject of a one-shot watch; children by the version of the list, or by their names. */
export type Watched = "data" | "children" | "names";

/** A one-shot watch of a read. */
export interface Watch {
  readonly of: Watched;
  readonly path: string;
  /** Encoded result of the read; undefined until the reply, which sets the watch. */
  seen: string | undefined;
  /** Session in which the watch was set. */
  sessionId: bigint;
  readonly events: WatchEvent[];
}

/** Encoded state of a missing znode. */
export const ABSENT = "absent";

/** The one-shot watches of one client. */
export class WatchLog {
  readonly all: Watch[] = [];
  readonly #log: CallLog;
  readonly #client: string;
  /** Watches that have not fired, by subject and path. */
  readonly #pending = new Map<string, Set<Watch>>();

  constructor(log: CallLog, client: string) {
    this.#log = log;
    this.#client = client;
  }

  /** Creates the record and the listener for the watch of a read. */
  prepare(of: Watched, path: string): { readonly watch: Watch; readonly listener: (event: WatchEvent) => void } {
    const watch: Watch = { of, path, seen: undefined, sessionId: 0n, events: [] };
    this.all.push(watch);
    return { watch, listener: (event) => this.#notify(watch, event) };
  }

  /** Records the reply to the read, which set the watch. */
  registered(watch: Watch, seen: string, sessionId: bigint): void {
    watch.seen = seen;
    watch.sessionId = sessionId;
    const key = `${watch.of} ${watch.path}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#pending.set(key, new Set([watch]));
    else pending.add(watch);
  }

  /** Records a state in a reply: a watch set on another state must have fired before. */
  observed(of: Watched, path: string, seen: string): void {
    for (const watch of this.#pending.get(`${of} ${path}`) ?? []) {
      if (watch.seen !== seen) {
        this.#log.addViolation(
          `${this.#client}: ${of} ${path} was read as ${seen} before the watch set on ${watch.seen} fired`,
        );
      }
    }
  }

  /** Watches that have not fired. */
  get pending(): readonly Watch[] {
    return [...this.#pending.values()].flatMap((watches) => [...watches]);
  }

  #notify(watch: Watch, event: WatchEvent): void {
    const title = `${this.#client}: the watch on ${watch.of} ${watch.path}`;
    watch.events.push(event);
    this.#pending.get(`${watch.of} ${watch.path}`)?.delete(watch);
    if (watch.seen === undefined)
      this.#log.addViolation(`${title} fired with ${event.type}, but its read had no reply`);
    if (watch.events.length > 1) {
      this.#log.addViolation(`${title} fired with ${watch.events.map(({ type }) => type).join(", then ")}`);
    }
    if (event.path !== watch.path) this.#log.addViolation(`${title} fired for ${event.path}`);
  }
}
