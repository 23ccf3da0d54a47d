import { machineMs } from "./messages.ts";

const BEAT_MS = 20;
/** Beats come late on a busy machine; what is longer than this may have cost a session its margin. */
const STANDSTILL_MS = 120;

/** Finds out when this process stood still: stopped by a signal, or left without the processor. */
export class Standstill {
  readonly #timer = setInterval(() => this.#beat(), BEAT_MS);
  #last = machineMs();
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];

  /** The begin of the first standstill that reaches into the time from `from` on; `undefined` for none. */
  since(from: number): number | undefined {
    this.#beat();
    const gap = this.#gaps.find(({ to }) => to > from - STANDSTILL_MS);
    return gap && Math.max(gap.from, from);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const now = machineMs();
    if (now - this.#last > STANDSTILL_MS) this.#gaps.push({ from: this.#last, to: now });
    this.#last = now;
  }
}
