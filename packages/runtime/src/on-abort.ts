/** Callbacks for each signal, in the order in which they were added. */
const callbacksBySignal = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` once when `signal` aborts: at once, within this call, if it has aborted already; never if there is no
 * signal. Returns a function that removes the callback, and has no effect after the call. Callbacks are called in the
 * order in which they were added; they must not throw.
 *
 * Thousands of waits may share one signal: all callbacks of a signal use one listener on it, so that Node.js does not
 * warn about a leak.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    callback();
    return nothing;
  }
  const added = (): void => callback();
  const callbacks = callbacksBySignal.get(signal) ?? listen(signal);
  callbacks.add(added);
  return () => {
    callbacks.delete(added);
    if (callbacks.size > 0 || callbacksBySignal.get(signal) !== callbacks) return;
    callbacksBySignal.delete(signal);
    signal.removeEventListener("abort", callAll);
  };
}

const nothing = (): void => {};

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  callbacksBySignal.set(signal, callbacks);
  signal.addEventListener("abort", callAll, { once: true });
  return callbacks;
}

function callAll(event: Event): void {
  // Not `currentTarget`, which Node.js clears when a further listener of the signal runs.
  const signal = event.target as AbortSignal;
  const callbacks = callbacksBySignal.get(signal);
  callbacksBySignal.delete(signal);
  for (const callback of callbacks ?? []) callback();
}
