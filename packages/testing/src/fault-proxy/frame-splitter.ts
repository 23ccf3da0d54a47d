const LENGTH_BYTES = 4;
/** Upper limit of a frame's length; a larger length means other bytes, such as a four-letter word. */
const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

/** Piece of a stream: a whole frame with its length prefix, or bytes that are not a frame. */
export interface Piece {
  readonly bytes: Buffer;
  readonly isFrame: boolean;
}

/**
 * Splits a stream of bytes into ZooKeeper's frames. Never throws: after a length that no frame can have, the rest is returned
 * unsplit.
 */
export class FrameSplitter {
  #held: Buffer = Buffer.alloc(0);
  #isRaw = false;

  /** Returns the pieces that are complete with `chunk`. */
  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (!this.#isRaw && rest.length >= LENGTH_BYTES) {
      const length = rest.readInt32BE(0);
      if (length < 0 || length > LONGEST_FRAME_BYTES) this.#isRaw = true;
      else if (rest.length < LENGTH_BYTES + length) break;
      else {
        pieces.push({ bytes: rest.subarray(0, LENGTH_BYTES + length), isFrame: true });
        rest = rest.subarray(LENGTH_BYTES + length);
      }
    }
    if (this.#isRaw && rest.length > 0) {
      pieces.push({ bytes: rest, isFrame: false });
      rest = Buffer.alloc(0);
    }
    this.#held = rest;
    return pieces;
  }

  /** Returns the remaining bytes of a stream that ended in the middle of a frame. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}
