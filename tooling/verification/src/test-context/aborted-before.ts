import { once } from "node:events";
import { StallDetector } from "./stall-detector.ts";

/**
 * Resolves with true if `signal` of a holder has aborted when `next` is granted. If this process stalled at that time, it sees
 * both events in one turn and in any order: then the abort may come after `next`, and is awaited.
 */
export async function abortedBefore(signal: AbortSignal, next: Promise<unknown>): Promise<boolean> {
  using loop = new StallDetector();
  await next;
  if (!signal.aborted && loop.hasJustStalled) await once(signal, "abort");
  return signal.aborted;
}
