const LENGTH_BYTES = 4;
/** Longer than any frame that a ZooKeeper takes: what claims this is something else, such as a four-letter word. */
const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

/** What a stream is made of: whole frames, each with its length in front, or bytes that are no frames. */
export interface Piece {
  readonly bytes: Buffer;
  readonly isFrame: boolean;
}

/**
 * Cuts a stream of bytes into ZooKeeper's frames, and never objects: from the first length on that no frame can have, the
 * rest passes as it comes.
 */
export class FrameSplitter {
  #held: Buffer = Buffer.alloc(0);
  #isRaw = false;

  /** The pieces that are complete with `chunk`. */
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

  /** What is left of a stream that has ended in the middle of a frame. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}
