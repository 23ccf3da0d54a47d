import { once } from "node:events";
import type { Writable } from "node:stream";

/** Where a command writes: as fast as it is read, so that nothing long gathers in memory. */
export class Output {
  readonly #stream: Writable;
  #isClosed = false;
  #pending = "";

  constructor(stream: Writable) {
    this.#stream = stream;
    // Whoever reads may have seen enough (`| head`).
    stream.on("error", () => {
      this.#isClosed = true;
    });
  }

  /** False once nobody reads any more. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#stream.writable;
  }

  async line(text: string): Promise<void> {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= PIECE) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    if (text === "" || !this.isOpen || this.#stream.write(text)) return;
    await Promise.race([once(this.#stream, "drain"), once(this.#stream, "close")]).catch(() => {});
  }
}

const PIECE = 64 * 1024;
