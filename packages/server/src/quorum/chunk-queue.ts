/** Bytes of a connection that a snapshot is read from, as they arrive. One reader. */
export class ChunkQueue implements AsyncIterableIterator<Uint8Array> {
  #chunks: Uint8Array[] = [];
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  readonly #onTaken: () => void;

  /** @param onTaken called each time the reader has taken a chunk */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that the reader has not taken. */
  get length(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  /** Copies the bytes, which are valid during this call only. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.#wake?.();
  }

  /** Makes the reader fail once it has taken everything. */
  fail(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  /** Returns everything that the reader has not taken. */
  takeRest(): Uint8Array {
    const rest = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return rest;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#chunks.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#chunks.shift()!;
    this.#onTaken();
    return { done: false, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
