import type { JuteWriter } from "@conclave/protocol";
import type { WriterPool } from "./writer-pool.js";

/** Output of a connection since the last flush. Borrows its memory from a pool, so an idle connection has none. */
export class OutputBuffer {
  readonly #writers: WriterPool;
  #out: JuteWriter | undefined;
  /** The output, if it is one watch event: a frame that other connections send too. */
  #event: Uint8Array | undefined;

  constructor(writers: WriterPool) {
    this.#writers = writers;
  }

  get isEmpty(): boolean {
    return this.#out === undefined && this.#event === undefined;
  }

  /** Number of bytes. */
  get length(): number {
    return this.#out?.length ?? this.#event?.length ?? 0;
  }

  /** Returns the buffer to write frames to. */
  writer(): JuteWriter {
    if (this.#out === undefined) {
      this.#out = this.#writers.take();
      if (this.#event !== undefined) this.#out.writeRaw(this.#event);
      this.#event = undefined;
    }
    return this.#out;
  }

  /** Adds the frame of an event, which is copied only if there is other output. */
  addEvent(frame: Uint8Array): void {
    if (this.isEmpty) this.#event = frame;
    else this.writer().writeRaw(frame);
  }

  /** Removes and returns the output; `undefined` if there is none. */
  take(): Uint8Array | undefined {
    const event = this.#event;
    if (event !== undefined) {
      this.#event = undefined;
      return event;
    }
    const out = this.#out;
    if (out === undefined) return undefined;
    this.#out = undefined;
    return this.#writers.giveBack(out);
  }
}
