/** Numbers transactions: the epoch of a leader in the upper 32 bits, a counter in the lower ones. */
export interface ZxidSource {
  /** Returns the zxid of the next transaction. */
  next(): bigint;
}

/** Zxids of a server that is alone. It has no elections, so the counter runs on into the next epoch, as with Apache. */
export class ConsecutiveZxids implements ZxidSource {
  #last: bigint;

  constructor(last: bigint) {
    this.#last = last;
  }

  next(): bigint {
    return ++this.#last;
  }
}

/** Zxids of a leader: its epoch, and a counter that begins with 1. */
export class EpochZxids implements ZxidSource {
  #last: bigint;

  constructor(epoch: number) {
    this.#last = BigInt(epoch) << 32n;
  }

  /** Zxid of the next transaction. */
  get upcoming(): bigint {
    return this.#last + 1n;
  }

  /** The counter must not run over: a leader gives up its epoch before. */
  next(): bigint {
    return ++this.#last;
  }
}
