import { isZkError } from "@conclave/client";
import type { AcquireOptions } from "../grant/acquire-options.js";

/** The reason for which a place is given up whose turn is not now. */
const NOT_NOW = Symbol("not now");

/** Takes a place in line, and gives it up where somebody stands before it: then resolves with `undefined`. */
export async function atOnce<G>(
  { signal }: Pick<AcquireOptions, "signal">,
  wait: (options: AcquireOptions) => Promise<G>,
): Promise<G | undefined> {
  const now = new AbortController();
  const abort = (): void => now.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  try {
    return await wait({ signal: now.signal, onPosition: (before) => before > 0 && now.abort(NOT_NOW) });
  } catch (error) {
    if (now.signal.reason === NOT_NOW && isZkError(error, "ABORTED")) return undefined;
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
