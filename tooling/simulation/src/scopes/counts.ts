/** Numbers by a dense index. */
export class Counts {
  #values = new Float64Array(1 << 16);

  /** Returns 0 for an index without a number. */
  get(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const values = new Float64Array(2 ** Math.ceil(Math.log2(index + 1)));
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[index] = value;
  }
}
