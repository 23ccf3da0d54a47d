/** The last `limit` characters of a process's output, for errors. */
export class OutputRing {
  readonly #limit: number;
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    while (this.#length - this.#pieces[0]!.length >= this.#limit) this.#length -= this.#pieces.shift()!.length;
  }

  get text(): string {
    return this.#pieces.join("").slice(-this.#limit);
  }
}
