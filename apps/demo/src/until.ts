import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 50;

/** How long to wait, and what ends the wait early. */
export interface WaitLimits {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Asks until there is a value; rejects after `limitMs` with what was waited for, or when aborted. */
export async function until<T>(
  what: string,
  { limitMs, signal }: WaitLimits,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await wait(POLL_MS);
  }
}
