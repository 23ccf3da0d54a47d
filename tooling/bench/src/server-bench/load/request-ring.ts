const DIGITS = 8;
const ZERO = 48;
const XID_AT = 4;
/** Length of the frame, xid, type, and length of the path: in every request that begins with its path. */
const PATH_AT = 16;

/** A path whose last characters a {@link RequestRing} turns into a number. */
export function numberedPath(prefix: string): string {
  return prefix + "0".repeat(DIGITS);
}

/**
 * The same request many times in one buffer, encoded once: what is sent only gets its xid and, where the path is a
 * {@link numberedPath}, its number. A slot comes up again after as many requests as there are slots. By then the one
 * before must be answered, and so has left the buffer.
 */
export class RequestRing {
  readonly #bytes: Buffer;
  readonly #frameBytes: number;
  readonly #slots: number;
  readonly #numberEnd: number | undefined;
  #next = 0;
  #xid = 0;

  /** `numbered`: the path in `frame`, if it is to be numbered. */
  constructor(frame: Uint8Array, slots: number, numbered?: string) {
    this.#frameBytes = frame.length;
    this.#slots = slots;
    this.#bytes = Buffer.alloc(frame.length * slots);
    for (let slot = 0; slot < slots; slot++) this.#bytes.set(frame, slot * frame.length);
    this.#numberEnd = numbered === undefined ? undefined : PATH_AT + numbered.length;
  }

  /** Hands the next `count` requests to `send`, at most two pieces. Their numbers go up from `firstNumber`. */
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
