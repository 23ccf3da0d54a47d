/** Server that has the client of a session: an observer, by the number of its connection, or this one. */
export type SessionPlace = number | "here";

/**
 * Places of sessions whose requests a follower passes on. For the leader all of them come from the follower, so the follower
 * itself has to keep a session's order when its client moves between this server and its observers. Pure.
 */
export class RelayedSessions {
  readonly #known: { has(id: bigint): boolean };
  readonly #places = new Map<bigint, SessionPlace>();

  /** @param known sessions that are on record */
  constructor(known: { has(id: bigint): boolean }) {
    this.#known = known;
  }

  /** Notes that the client of a session is connected to this place from now on. */
  moved(id: bigint, place: SessionPlace): void {
    this.#places.set(id, place);
  }

  /** Returns false for a write from another place than the last one. The place of a session is the first that it writes from. */
  isAt(id: bigint, place: SessionPlace): boolean {
    const last = this.#places.get(id);
    if (last === undefined && this.#known.has(id)) this.#places.set(id, place);
    return last === undefined || last === place;
  }

  /** Forgets a session that has ended. */
  ended(id: bigint): void {
    this.#places.delete(id);
  }
}
