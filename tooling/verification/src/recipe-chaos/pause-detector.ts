import { machineMs } from "./messages.ts";

const BEAT_MS = 20;
/** Timers are late on a busy machine; a longer delay than this counts as a pause. */
const PAUSE_MS = 120;

/** Detects pauses of this process: by SIGSTOP, or because it got no processor time. */
export class PauseDetector {
  readonly #timer = setInterval(() => this.#beat(), BEAT_MS);
  #last = machineMs();
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];

  /** Returns the begin of the first pause that ends after `from`, at least `from`; undefined without one. */
  since(from: number): number | undefined {
    this.#beat();
    const gap = this.#gaps.find(({ to }) => to > from - PAUSE_MS);
    return gap && Math.max(gap.from, from);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const now = machineMs();
    if (now - this.#last > PAUSE_MS) this.#gaps.push({ from: this.#last, to: now });
    this.#last = now;
  }
}
