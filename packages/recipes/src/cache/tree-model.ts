import type { Stat } from "@conclave/client";

/** Known state of one znode. */
interface Known {
  readonly czxid: bigint;
  readonly mzxid: bigint;
}

/** State of a znode that exists but cannot be read. */
const DENIED: Known = { czxid: -1n, mzxid: -1n };

/**
 * Change of the copy by one read: a znode that was deleted and created again is `removed` and then `added`. A znode that cannot
 * be read is `denied`, and `added` once it can be read, as it may have been created again.
 */
export type TreeChange = "added" | "changed" | "removed" | "denied";

/**
 * Tracks the known znodes of a tree, and returns the changes that each read implies. Reads are applied in the order in which
 * their replies arrive; a reply that is older than the known state changes nothing.
 */
export class TreeModel {
  readonly #known = new Map<string, Known>();

  get paths(): Iterable<string> {
    return this.#known.keys();
  }

  /** Handles a read of a znode. */
  found(path: string, { czxid, mzxid }: Pick<Stat, "czxid" | "mzxid">): readonly TreeChange[] {
    const known = this.#known.get(path);
    if (known !== undefined && mzxid <= known.mzxid) return [];
    this.#known.set(path, { czxid, mzxid });
    if (known === undefined || known === DENIED) return ["added"];
    return known.czxid === czxid ? ["changed"] : ["removed", "added"];
  }

  /** Handles a read that the ACL rejected. */
  denied(path: string): readonly TreeChange[] {
    if (this.#known.get(path) === DENIED) return [];
    this.#known.set(path, DENIED);
    return ["denied"];
  }

  /** Handles a read of a znode that does not exist. */
  missed(path: string): readonly TreeChange[] {
    return this.#known.delete(path) ? ["removed"] : [];
  }
}
