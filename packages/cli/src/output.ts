import { once } from "node:events";
import type { Writable } from "node:stream";
import { shownLines } from "@conclave/runtime";

/** Prints the error that ends a command. */
export function complain(text: string): void {
  process.stderr.write(`conclave: ${shownLines(text)}\n`);
}

/** Output of a command with back-pressure: memory holds at most one piece of it. */
export class Output {
  readonly #stream: Writable;
  #isClosed = false;
  #pending = "";

  constructor(stream: Writable) {
    this.#stream = stream;
    // The reader may end early (`| head`).
    stream.on("error", () => {
      this.#isClosed = true;
    });
  }

  /** False after the reader ended. */
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
