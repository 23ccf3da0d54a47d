import { showBytes } from "./show-bytes.ts";
import type { StableNames } from "./stable-names.ts";

/** The answer is shorter than its layout. */
export class ShortAnswerError extends Error {
  override readonly name = "ShortAnswerError";
}

/** Reads an answer field by field into the text of a recording, which loses only times and ids. */
export class AnswerReader {
  readonly names: StableNames;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array, names: StableNames) {
    this.#bytes = Buffer.from(bytes);
    this.names = names;
  }

  /** Returns the bytes that no layout has read; empty if there are none. */
  rest(): string {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest.length === 0 ? "" : ` and x"${rest.toString("hex")}"`;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  intValue(): number {
    return this.#take(4).readInt32BE();
  }

  longValue(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  bytesValue(): Buffer | null {
    const length = this.intValue();
    return length === -1 ? null : this.#take(length);
  }

  int(): string {
    return String(this.intValue());
  }

  flag(): string {
    const [byte] = this.#take(1);
    return byte === 0 ? "false" : byte === 1 ? "true" : `x"${byte!.toString(16)}"`;
  }

  /** A buffer or a string. */
  data(): string {
    const bytes = this.bytesValue();
    return bytes === null ? "null" : showBytes(bytes);
  }

  zxid(): string {
    return this.names.zxid(this.longValue());
  }

  vector(item: () => string): string {
    return this.#items(item, (items) => items);
  }

  /** A vector in no defined order (Java keeps it in a hash table), shown sorted. */
  unordered(item: () => string): string {
    return this.#items(item, (items) => items.sort());
  }

  #items(item: () => string, order: (items: string[]) => string[]): string {
    const count = this.intValue();
    if (count === -1) return "null";
    return `[${order(Array.from({ length: count }, item)).join(" ")}]`;
  }

  #take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#bytes.length) throw new ShortAnswerError();
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
