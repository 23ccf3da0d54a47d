/** A line that changes in place on a terminal. Elsewhere only the output of {@link Progress.line} appears. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #isLive: boolean;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#isLive = stream.isTTY === true && process.env.CI === undefined;
  }

  /** Replaces the text of the line. */
  show(text: string): void {
    if (!this.#isLive) return;
    this.#stream.write(`\r\u001b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Prints a line that stays. */
  line(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#isLive) this.#stream.write("\r\u001b[K");
  }
}

/** Draws a share as a bar: `███████░░░░░  58 %`. */
export function bar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${String(Math.round(share * 100)).padStart(3)} %`;
}
