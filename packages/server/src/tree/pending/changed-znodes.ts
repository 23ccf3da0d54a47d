import type { PendingZnode } from "./pending-znode.js";

interface Entry {
  readonly path: string;
  /** `null`: the znode will not exist. */
  node: PendingZnode | null;
  /** Next entry whose path has the same hash. */
  readonly next: Entry | undefined;
}

/**
 * Maps paths to the znodes that pending transactions change. The keys are hashes of the paths, which the tree has computed
 * already: a `Map` with string keys would hash each new path string again.
 */
export class ChangedZnodes {
  readonly #byHash = new Map<number, Entry>();

  get isEmpty(): boolean {
    return this.#byHash.size === 0;
  }

  /** Returns the changed znode, `null` if it will not exist, `undefined` if no change concerns the path. */
  get(path: string, hash: number): PendingZnode | null | undefined {
    return this.#find(path, hash)?.node;
  }

  set(path: string, hash: number, node: PendingZnode | null): void {
    const entry = this.#find(path, hash);
    if (entry !== undefined) entry.node = node;
    else this.#byHash.set(hash, { path, node, next: this.#byHash.get(hash) });
  }

  *[Symbol.iterator](): Generator<readonly [path: string, node: PendingZnode | null]> {
    for (const first of this.#byHash.values()) {
      for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next)
        yield [entry.path, entry.node];
    }
  }

  #find(path: string, hash: number): Entry | undefined {
    let entry = this.#byHash.get(hash);
    while (entry !== undefined && entry.path !== path) entry = entry.next;
    return entry;
  }
}
