const DIGITS = 8;
const ZERO = 48;
const XID_AT = 4;
/** Offset of the path: after length of the frame, xid, type, and length of the path. */
const PATH_AT = 16;

/** Returns a path with trailing digits, which a {@link RequestRing} replaces by a number. */
export function numberedPath(prefix: string): string {
  return prefix + "0".repeat(DIGITS);
}

/**
 * A buffer with many copies of one encoded request. Before it is sent, a copy gets only its xid and, in a {@link
 * numberedPath}, its number. A copy is reused after as many requests as there are copies. By then its last request must be
 * answered, so that its bytes have been written.
 */
export class RequestRing {
  readonly #bytes: Buffer;
  readonly #frameBytes: number;
  readonly #slots: number;
  readonly #numberEnd: number | undefined;
  #next = 0;
  #xid = 0;

  /** Fills the ring with copies of `frame`. `numbered`: the path in `frame`, if it is a {@link numberedPath}. */
  constructor(frame: Uint8Array, slots: number, numbered?: string) {
    this.#frameBytes = frame.length;
    this.#slots = slots;
    this.#bytes = Buffer.alloc(frame.length * slots);
    for (let slot = 0; slot < slots; slot++) this.#bytes.set(frame, slot * frame.length);
    this.#numberEnd = numbered === undefined ? undefined : PATH_AT + numbered.length;
  }

  /** Passes the next `count` requests to `send`, in at most two pieces. Their numbers start at `firstNumber`. */
  take(count: number, firstNumber: number, send: (bytes: Uint8Array) => void): void {
    let number = firstNumber;
    for (let left = count; left > 0; ) {
      const from = this.#next;
      const until = Math.min(this.#slots, from + left);
      for (let slot = from; slot < until; slot++) this.#patch(slot * this.#frameBytes, number++);
      send(this.#bytes.subarray(from * this.#frameBytes, until * this.#frameBytes));
      left -= until - from;
      this.#next = until % this.#slots;
    }
  }

  #patch(at: number, number: number): void {
    const bytes = this.#bytes;
    this.#xid = (this.#xid + 1) & 0x7fffffff;
    bytes[at + XID_AT] = this.#xid >>> 24;
    bytes[at + XID_AT + 1] = this.#xid >>> 16;
    bytes[at + XID_AT + 2] = this.#xid >>> 8;
    bytes[at + XID_AT + 3] = this.#xid;
    if (this.#numberEnd === undefined) return;
    const end = at + this.#numberEnd;
    let rest = number;
    for (let digit = end - 1; digit >= end - DIGITS; digit--) {
      bytes[digit] = ZERO + (rest % 10);
      rest = Math.trunc(rest / 10);
    }
  }
}
