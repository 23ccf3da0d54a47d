import { once } from "node:events";
import { LoopWatch } from "./loop-watch.ts";

/**
 * Whether who held something knew that it was lost, by its signal, when `next` got it. Where this process stood still at that
 * moment it learns both in one go, in any order: then to know of the loss behind it is enough, and is waited for.
 */
export async function knewBefore(signal: AbortSignal, next: Promise<unknown>): Promise<boolean> {
  using loop = new LoopWatch();
  await next;
  if (!signal.aborted && loop.hasJustStalled) await once(signal, "abort");
  return signal.aborted;
}
