import { isSessionOwner } from "./znode.js";

/** Znodes that the server deletes by itself: ephemerals by session, and the paths of containers and TTL nodes. */
export class EphemeralIndex {
  readonly #bySession = new Map<bigint, Set<string>>();
  /** Paths of containers and TTL nodes. */
  readonly expirable = new Set<string>();

  /** Adds a znode by its stored `ephemeralOwner`, which must not be 0. */
  add(path: string, owner: bigint): void {
    if (!isSessionOwner(owner)) {
      this.expirable.add(path);
      return;
    }
    const paths = this.#bySession.get(owner);
    if (paths === undefined) this.#bySession.set(owner, new Set([path]));
    else paths.add(path);
  }

  remove(path: string, owner: bigint): void {
    if (owner === 0n) return;
    this.expirable.delete(path);
    const paths = this.#bySession.get(owner);
    if (paths?.delete(path) && paths.size === 0) this.#bySession.delete(owner);
  }

  /** Returns the paths of a session's ephemerals. */
  pathsOf(sessionId: bigint): Iterable<string> {
    return this.#bySession.get(sessionId) ?? [];
  }

  /** Ids of the sessions that own ephemerals. */
  get sessionIds(): Iterable<bigint> {
    return this.#bySession.keys();
  }

  /** Number of ephemerals of all sessions. */
  get size(): number {
    let count = 0;
    for (const paths of this.#bySession.values()) count += paths.size;
    return count;
  }
}
