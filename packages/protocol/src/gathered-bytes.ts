/** Bytes of an item that arrives in parts, in a buffer that grows with the bytes received, never with a claimed length. */
export class GatheredBytes {
  #bytes = new Uint8Array(0);
  #length = 0;

  /** Bytes gathered since the last {@link take}. */
  get length(): number {
    return this.#length;
  }

  /** The buffer with the gathered bytes at its start, {@link length} of them; valid until the next {@link add}. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  /** Copies `chunk[from..to)` to the end. */
  add(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk.subarray(from, to), this.#length);
    this.#length = needed;
  }

  /** Returns the buffer for the caller to keep, and begins with an empty one. */
  take(): Uint8Array {
    const taken = this.#bytes;
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
    return taken;
  }
}
