/** The digest that the tree had after a transaction. */
export interface LoggedDigest {
  readonly zxid: bigint;
  /** A signed 64-bit integer. */
  readonly digest: bigint;
}

const MAX_ENTRIES = 1024;

/** The tree's digest after every 128th transaction, the last 1024 of them (`DataTree.getDigestLog`). */
export class DigestLog {
  readonly #entries: LoggedDigest[] = [];

  /** Oldest first. */
  get entries(): readonly LoggedDigest[] {
    return this.#entries;
  }

  /** Returns true if the digest after this transaction belongs into the log. */
  isDue(zxid: bigint): boolean {
    return BigInt.asUintN(7, zxid) === 0n;
  }

  add(zxid: bigint, digest: bigint): void {
    this.#entries.push({ zxid, digest });
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }
}
