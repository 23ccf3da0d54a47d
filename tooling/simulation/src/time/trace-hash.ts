const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Hash of everything that happened in a run, to compare two runs of one seed. */
export class TraceHash {
  #value = 0x811c9dc5;

  add(value: number): void {
    bits[0] = value;
    this.#value = Math.imul(this.#value ^ words[0]!, 0x01000193);
    this.#value = Math.imul(this.#value ^ words[1]! ^ (this.#value >>> 15), 0x01000193);
  }

  /** Adds bytes by their length, their ends and their middle. */
  addBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.add(length + (bytes[length - 1] ?? 0) * 2 ** 24 + (bytes[length >> 1] ?? 0) * 2 ** 32);
  }

  get value(): number {
    return this.#value >>> 0;
  }
}
