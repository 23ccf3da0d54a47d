import type { Recipe, TreeSnapshot } from "./read-snapshot.js";

/** A term of a leader, as this console saw it. Times are milliseconds since 1970. */
export interface Term {
  readonly id: string;
  readonly token: string;
  readonly sessionId: string;
  /** Time of the first snapshot with this leader. */
  readonly from: number;
  /** Time of the first snapshot without it; 0 while it lasts. */
  to: number;
  /** A sentence about its end; "" while it lasts. */
  end: string;
}

/** The terms of one election, the oldest first. */
export interface Lane {
  readonly path: string;
  readonly terms: readonly Term[];
}

const TERMS = 50;
const LANES = 200;

/**
 * Leaders of the elections since the console was first opened. Snapshots are taken while a page is open: a term that began and
 * ended between two of them is not seen.
 */
export class TermHistory {
  readonly #lanes = new Map<string, Term[]>();

  /** Adds a snapshot that was taken at `now`. */
  add({ recipes, sessions }: Pick<TreeSnapshot, "recipes" | "sessions">, now: number): void {
    const alive = new Set(sessions.map(({ id }) => id));
    const elections = new Map(recipes.filter(({ kind }) => kind === "election").map((each) => [each.path, each]));
    for (const path of elections.keys()) {
      if (!this.#lanes.has(path) && this.#lanes.size < LANES) this.#lanes.set(path, []);
    }
    for (const [path, terms] of this.#lanes) observe(terms, elections.get(path), alive, now);
  }

  lanes(): Lane[] {
    return [...this.#lanes].map(([path, terms]) => ({ path, terms: terms.map((term) => ({ ...term })) }));
  }
}

function observe(terms: Term[], election: Recipe | undefined, alive: ReadonlySet<string>, now: number): void {
  const leader = election?.entrants[0];
  const last = terms.at(-1);
  const current = last?.end === "" ? last : undefined;
  if (current !== undefined && current.token === leader?.token) return;
  if (current !== undefined) {
    current.to = now;
    current.end = alive.has(current.sessionId)
      ? "Its session continues: it resigned."
      : "Its session has no ephemeral left: the session was closed or expired.";
  }
  if (leader === undefined) return;
  const { id, token, sessionId } = leader;
  terms.push({ id, token, sessionId, from: now, to: 0, end: "" });
  if (terms.length > TERMS) terms.shift();
}
