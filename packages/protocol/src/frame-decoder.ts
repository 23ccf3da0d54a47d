import { GatheredBytes } from "./gathered-bytes.js";
import { ProtocolError } from "./protocol-error.js";

/**
 * Receives one frame: `bytes[start..end)`, valid only during the call. `length` is larger than `end - start` for a frame
 * above the limit: then these are its first bytes, and the decoder discards the rest.
 */
export type OnFrame = (bytes: Uint8Array, start: number, end: number, length: number) => void;

const LENGTH_BYTES = 4;

/**
 * Cuts a byte stream into frames: int length, then that many bytes.
 *
 * Chunks may be cut anywhere. A frame that lies whole in a chunk is passed on in place. Only a frame that spans chunks is
 * copied, into a buffer that grows with the bytes received, never with the claimed length. A length below zero throws
 * {@link ProtocolError}, and so does one above `maxFrameBytes` unless {@link cutLongFrames} was called. The decoder must not
 * be used after a throw, as the start of the next frame is unknown. Use one decoder for each connection.
 */
export class FrameDecoder {
  #maxFrameBytes: number;
  #keptBytes: number | undefined;
  /** Bytes of a too long frame that are still to be discarded. */
  #discarding = 0;
  readonly #partial = new GatheredBytes();

  constructor(options: { readonly maxFrameBytes: number }) {
    this.#maxFrameBytes = options.maxFrameBytes;
  }

  /** Bytes held of an incomplete frame. */
  get buffered(): number {
    return this.#partial.length;
  }

  /**
   * Makes the decoder pass on a frame above `maxFrameBytes` as soon as it has its first `keptBytes` bytes, cut after them, and
   * discard the rest.
   */
  cutLongFrames(keptBytes: number): void {
    this.#keptBytes = keptBytes;
  }

  /** Raises `maxFrameBytes`, for the frames whose first bytes come later; that of a frame in progress may be as before. */
  raiseLimit(maxFrameBytes: number): void {
    this.#maxFrameBytes = Math.max(this.#maxFrameBytes, maxFrameBytes);
  }

  /**
   * Takes the next bytes of the stream and calls `onFrame` for each frame that they complete, in order, before it returns.
   * The caller may reuse the chunk afterwards.
   */
  push(chunk: Uint8Array, onFrame: OnFrame): void {
    let at = this.#discard(chunk, 0);
    if (this.#partial.length > 0) at = this.#finishPartial(chunk, at, onFrame);
    while (chunk.length - at >= LENGTH_BYTES) {
      const start = at + LENGTH_BYTES;
      const length = this.#frameLength(chunk, at);
      const end = start + this.#keptOf(length);
      if (end > chunk.length) break;
      this.#discarding = start + length - end;
      at = this.#discard(chunk, end);
      onFrame(chunk, start, end, length);
    }
    if (at < chunk.length) this.#partial.add(chunk, at, chunk.length);
  }

  /** Completes the incomplete frame from the chunk, as far as possible; returns the index of the first unused byte. */
  #finishPartial(chunk: Uint8Array, from: number, onFrame: OnFrame): number {
    let at = from;
    if (this.#partial.length < LENGTH_BYTES) {
      at = Math.min(from + LENGTH_BYTES - this.#partial.length, chunk.length);
      this.#partial.add(chunk, from, at);
      if (this.#partial.length < LENGTH_BYTES) return at;
    }
    const length = this.#frameLength(this.#partial.buffer, 0);
    const end = LENGTH_BYTES + this.#keptOf(length);
    const taken = Math.min(end - this.#partial.length, chunk.length - at);
    this.#partial.add(chunk, at, at + taken);
    if (this.#partial.length === end) {
      const frame = this.#partial.take();
      this.#discarding = LENGTH_BYTES + length - end;
      const next = this.#discard(chunk, at + taken);
      onFrame(frame, LENGTH_BYTES, end, length);
      return next;
    }
    return at + taken;
  }

  /** Returns the number of bytes to pass on of a frame of this length. */
  #keptOf(length: number): number {
    return length > this.#maxFrameBytes && this.#keptBytes !== undefined ? Math.min(this.#keptBytes, length) : length;
  }

  /** Skips bytes to be discarded; returns the index of the next byte. */
  #discard(chunk: Uint8Array, at: number): number {
    const discarded = Math.min(this.#discarding, chunk.length - at);
    this.#discarding -= discarded;
    return at + discarded;
  }

  #frameLength(bytes: Uint8Array, at: number): number {
    const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 0) throw new ProtocolError("malformed", `a frame of ${length} bytes`);
    if (length > this.#maxFrameBytes && this.#keptBytes === undefined) {
      throw new ProtocolError("oversized", `a frame of ${length} bytes, where ${this.#maxFrameBytes} are allowed`);
    }
    return length;
  }
}
