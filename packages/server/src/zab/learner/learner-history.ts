import { follows } from "../../tree/zxid.js";

/**
 * Zxids of a learner's history: the last record that was appended, the last one that the leader has committed, and the
 * proposals between them.
 */
export class LearnerHistory {
  #last: bigint;
  #committed: bigint;
  /** Proposals that are not committed, in order. */
  readonly #pending: bigint[] = [];

  constructor(last: bigint) {
    this.#last = last;
    this.#committed = last;
  }

  /** Zxid of the last record. */
  get last(): bigint {
    return this.#last;
  }

  /** The leader has committed all records up to this zxid, or will have when it is established. */
  get committed(): bigint {
    return this.#committed;
  }

  /** Adds a record, unless the history has it or records before it are missing. */
  append(zxid: bigint): "appended" | "duplicate" | "gap" {
    if (zxid <= this.#last) return "duplicate";
    if (!follows(zxid, this.#last)) return "gap";
    this.#last = zxid;
    this.#pending.push(zxid);
    return "appended";
  }

  /** Commits the first pending proposal, if it is `zxid`. */
  commit(zxid: bigint): "committed" | "duplicate" | "gap" {
    if (zxid <= this.#committed) return "duplicate";
    if (zxid !== this.#pending[0]) return "gap";
    this.#pending.shift();
    this.#committed = zxid;
    return "committed";
  }
}
