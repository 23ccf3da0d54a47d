/**
 * A part of a stream of bytes. `bytes` from {@link at} on are not consumed yet; {@link more} reads further ones and
 * drops those that were consumed, so a long stream needs little memory.
 */
export class ByteWindow {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #bytes: Uint8Array = new Uint8Array(0);
  #dropped = 0;
  /** The first byte not consumed, as an index into {@link bytes}. */
  at = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Number of bytes left in the window. */
  get remaining(): number {
    return this.#bytes.length - this.at;
  }

  /** The first byte not consumed, as a place in the stream. */
  get offset(): number {
    return this.#dropped + this.at;
  }

  /** Reads on until `needed` bytes are left in the window, one chunk at least. False where the stream ends before. */
  async more(needed = 0): Promise<boolean> {
    const parts = this.remaining > 0 ? [this.#bytes.subarray(this.at)] : [];
    let length = this.remaining;
    let isEnd = false;
    do {
      const { done, value } = await this.#chunks.next();
      if (done === true) {
        isEnd = true;
        break;
      }
      parts.push(value);
      length += value.length;
    } while (length < needed);
    this.#dropped += this.at;
    this.at = 0;
    this.#bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
    return !isEnd;
  }

  /** Closes the source of the bytes. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
