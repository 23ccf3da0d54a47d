/** Ids under which an app joins groups. The app sees a view of such a group only when it contains them: see `CompleteView`. */
export class OwnIds {
  readonly #ids = new Map<string, Set<string>>();
  readonly #listeners = new Set<() => void>();

  /** Notes that the app joins `group`. Returns a function that takes the note back, when it leaves or cannot join. */
  add(group: string, id: string): () => void {
    const ids = this.#ids.get(group) ?? new Set();
    this.#ids.set(group, ids.add(id));
    return () => {
      if (ids.delete(id)) for (const listener of this.#listeners) listener();
    };
  }

  /** Returns the ids of the app in `group`. */
  of(group: string): ReadonlySet<string> {
    return this.#ids.get(group) ?? new Set();
  }

  /** Calls `listener` when an id is taken back. Returns a function that removes it. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
