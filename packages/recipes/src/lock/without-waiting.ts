import { isZkError } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import type { AcquireOptions } from "../grant/acquire-options.js";

/** Abort reason of an attempt that would have to wait. */
const MUST_WAIT = Symbol("must wait");

/** Calls `wait`, and aborts it at once if another waiter is ahead: then resolves with `undefined`. */
export async function withoutWaiting<G>(
  { signal }: Pick<AcquireOptions, "signal">,
  wait: (options: AcquireOptions) => Promise<G>,
): Promise<G | undefined> {
  const now = new AbortController();
  const removeCallback = onAbort(signal, () => now.abort(signal?.reason));
  try {
    return await wait({ signal: now.signal, onPosition: (before) => before > 0 && now.abort(MUST_WAIT) });
  } catch (error) {
    if (now.signal.reason === MUST_WAIT && isZkError(error, "ABORTED")) return undefined;
    throw error;
  } finally {
    removeCallback();
  }
}
