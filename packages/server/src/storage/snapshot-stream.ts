import { JuteReader, ProtocolError } from "@conclave/protocol";
import { MAX_RECORD_BYTES } from "../tree/txn-size.js";
import { adler32 } from "./adler32.js";
import { ByteWindow } from "./byte-window.js";
import { END_PATH, SEAL_BYTES } from "./snapshot-format.js";

/** Reads jute values one by one from a stream of bytes, and sums up the bytes. Throws {@link ProtocolError}. */
export class SnapshotStream {
  readonly #window: ByteWindow;
  readonly #reader = new JuteReader();
  #checksum = 1;
  /** Bytes of the window up to here are in the checksum. */
  #summed = 0;
  #last: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#window = new ByteWindow(chunks);
  }

  /** Offset of the next value. */
  get offset(): number {
    return this.#window.offset;
  }

  /** Bytes of the last value that was read; valid until the next read. */
  get lastBytes(): Uint8Array {
    return this.#last;
  }

  /** Bytes that were received and not read. */
  get unread(): Uint8Array {
    return this.#window.bytes.subarray(this.#window.at);
  }

  /** The next value, if it is already there whole. */
  tryRead<T>(decode: (input: JuteReader) => T): T | undefined {
    const window = this.#window;
    try {
      const value = decode(this.#reader.reset(window.bytes, window.at));
      this.#last = window.bytes.subarray(window.at, this.#reader.position);
      window.at = this.#reader.position;
      return value;
    } catch (error) {
      if (error instanceof ProtocolError && error.reason === "truncated") return undefined;
      throw error;
    }
  }

  async read<T>(decode: (input: JuteReader) => T): Promise<T> {
    for (;;) {
      const value = this.tryRead(decode);
      if (value !== undefined) return value;
      const { remaining } = this.#window;
      // Doubled, so that a large value is not decoded again for each of its chunks.
      const isPossible = remaining < MAX_RECORD_BYTES && (await this.#more(remaining * 2));
      if (!isPossible && this.#window.remaining === remaining)
        throw new ProtocolError("truncated", "it ends too early");
    }
  }

  /** Returns the number of bytes left in the stream, or `enough` if there are more. */
  async remaining(enough: number): Promise<number> {
    while (this.#window.remaining < enough && (await this.#more(enough)));
    return Math.min(this.#window.remaining, enough);
  }

  /** Reads a seal. Throws if it does not match the bytes before it. */
  async checkSeal(): Promise<void> {
    await this.remaining(SEAL_BYTES);
    this.#sum();
    const expected = this.#checksum;
    const { high, checksum, end } = await this.read(readSeal);
    if (high === 0 && checksum === expected && end === END_PATH) return;
    throw new ProtocolError("malformed", `the checksum is ${expected}, and should be ${checksum}`);
  }

  async close(): Promise<void> {
    await this.#window.close();
  }

  #sum(): void {
    const { bytes, at } = this.#window;
    this.#checksum = adler32(bytes, this.#summed, at, this.#checksum);
    this.#summed = at;
  }

  async #more(needed: number): Promise<boolean> {
    this.#sum();
    this.#summed = 0;
    return this.#window.more(needed);
  }
}

function readSeal(input: JuteReader): { readonly high: number; readonly checksum: number; readonly end: string } {
  return { high: input.readInt(), checksum: input.readInt() >>> 0, end: input.readString() };
}
