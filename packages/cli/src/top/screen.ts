import type { Readable, Writable } from "node:stream";

const ESCAPE = "\u001b[";
/** Another screen of the terminal, without the cursor; the lines before the command come back at the end. */
const OPEN = `${ESCAPE}?1049h${ESCAPE}?25l`;
const CLOSE = `${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const CLEAR_LINE = `${ESCAPE}K`;
const CLEAR_BELOW = `${ESCAPE}J`;

/** Terminal: a stream of `node:tty`. */
export type Terminal = Writable & { readonly columns?: number; readonly rows?: number };

/** Pages on a terminal, of which each replaces the one before. */
export class Screen {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Width in characters. */
  get columns(): number {
    return this.#terminal.columns ?? 80;
  }

  open(): void {
    this.#terminal.write(OPEN);
  }

  /** Shows the lines that fit. */
  show(lines: readonly string[]): void {
    const visible = lines.slice(0, Math.max(1, (this.#terminal.rows ?? 24) - 1));
    this.#terminal.write(`${HOME}${visible.map((line) => `${line}${CLEAR_LINE}\n`).join("")}${CLEAR_BELOW}`);
  }

  close(): void {
    this.#terminal.write(CLOSE);
  }
}

/** `q`, Ctrl-C and Ctrl-D. */
const QUIT_KEYS = "qQ\u0003\u0004";

/** Calls back for `q`, Ctrl-C and Ctrl-D on a terminal. Returns a function that stops reading. */
export function onQuitKey(
  keys: Readable & { setRawMode?: (isRaw: boolean) => unknown },
  callback: () => void,
): () => void {
  const onData = (data: Buffer | string): void => {
    if ([...QUIT_KEYS].some((key) => String(data).includes(key))) callback();
  };
  // In raw mode each key arrives at once, and Ctrl-C sends no signal.
  keys.setRawMode?.(true);
  keys.on("data", onData);
  return () => {
    keys.off("data", onData);
    keys.setRawMode?.(false);
    keys.pause();
  };
}
