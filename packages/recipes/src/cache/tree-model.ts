import type { Stat } from "@conclave/client";

/** What is known of one znode. */
interface Known {
  readonly czxid: bigint;
  readonly mzxid: bigint;
}

/** Of one that we may not read: that it is there. */
const DENIED: Known = { czxid: -1n, mzxid: -1n };

/**
 * What a reading means to those who follow: a znode that was deleted and made again is `removed` and then `added`. One that
 * we may not read is `denied`, and `added` when we may: which one it is nobody knows.
 */
export type TreeChange = "added" | "changed" | "removed" | "denied";

/**
 * Which znodes of a tree are known, and what each new reading changes. A reading counts by the order of its arrival, which is
 * that of the server's replies; one that is older than what is known says nothing.
 */
export class TreeModel {
  readonly #known = new Map<string, Known>();

  get paths(): Iterable<string> {
    return this.#known.keys();
  }

  /** A znode was read. */
  found(path: string, { czxid, mzxid }: Pick<Stat, "czxid" | "mzxid">): readonly TreeChange[] {
    const known = this.#known.get(path);
    if (known !== undefined && mzxid <= known.mzxid) return [];
    this.#known.set(path, { czxid, mzxid });
    if (known === undefined || known === DENIED) return ["added"];
    return known.czxid === czxid ? ["changed"] : ["removed", "added"];
  }

  /** A znode is there, and we may not read it. */
  denied(path: string): readonly TreeChange[] {
    if (this.#known.get(path) === DENIED) return [];
    this.#known.set(path, DENIED);
    return ["denied"];
  }

  /** A znode is not there. */
  missed(path: string): readonly TreeChange[] {
    return this.#known.delete(path) ? ["removed"] : [];
  }
}
