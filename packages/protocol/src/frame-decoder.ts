import { ProtocolError } from "./protocol-error.js";

/** Receives one frame: `bytes[start..end)`, valid only during the call. */
export type OnFrame = (bytes: Uint8Array, start: number, end: number) => void;

const LENGTH_BYTES = 4;

/**
 * Cuts a byte stream into frames: int length, then that many bytes.
 *
 * Contract: chunks may be cut anywhere. Frames that lie whole in a chunk are handed over in place; only a frame that
 * spans chunks is gathered, in a buffer that grows with what arrived, never with what a length field claims. A length
 * below zero or beyond `maxFrameBytes` throws {@link ProtocolError}, and the decoder must not be used further: the
 * stream has no next frame. A decoder belongs to one connection and dies with it.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #partial = new Uint8Array(0);
  #partialLength = 0;

  constructor(options: { readonly maxFrameBytes: number }) {
    this.#maxFrameBytes = options.maxFrameBytes;
  }

  /** How many bytes of an unfinished frame are held. */
  get buffered(): number {
    return this.#partialLength;
  }

  /**
   * Takes the next bytes of the stream, any number of them, and calls `onFrame` for each frame that they complete, in
   * order, before it returns. The chunk may be reused afterwards.
   */
  push(chunk: Uint8Array, onFrame: OnFrame): void {
    let at = this.#partialLength > 0 ? this.#finishPartial(chunk, onFrame) : 0;
    while (chunk.length - at >= LENGTH_BYTES) {
      const start = at + LENGTH_BYTES;
      const end = start + this.#frameLength(chunk, at);
      if (end > chunk.length) break;
      at = end;
      onFrame(chunk, start, end);
    }
    if (at < chunk.length) this.#gather(chunk, at, chunk.length);
  }

  /** Takes what the gathered frame still lacks from the chunk; returns where the chunk goes on after it. */
  #finishPartial(chunk: Uint8Array, onFrame: OnFrame): number {
    let at = 0;
    if (this.#partialLength < LENGTH_BYTES) {
      at = Math.min(LENGTH_BYTES - this.#partialLength, chunk.length);
      this.#gather(chunk, 0, at);
      if (this.#partialLength < LENGTH_BYTES) return at;
    }
    const end = LENGTH_BYTES + this.#frameLength(this.#partial, 0);
    const taken = Math.min(end - this.#partialLength, chunk.length - at);
    this.#gather(chunk, at, at + taken);
    if (this.#partialLength === end) {
      const frame = this.#partial;
      this.#partial = new Uint8Array(0);
      this.#partialLength = 0;
      onFrame(frame, LENGTH_BYTES, end);
    }
    return at + taken;
  }

  #frameLength(bytes: Uint8Array, at: number): number {
    const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 0) throw new ProtocolError("malformed", `a frame of ${length} bytes`);
    if (length > this.#maxFrameBytes) {
      throw new ProtocolError("oversized", `a frame of ${length} bytes, where ${this.#maxFrameBytes} are allowed`);
    }
    return length;
  }

  #gather(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#partialLength + to - from;
    if (needed > this.#partial.length) {
      const grown = new Uint8Array(Math.max(needed, this.#partialLength * 2));
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(chunk.subarray(from, to), this.#partialLength);
    this.#partialLength = needed;
  }
}
