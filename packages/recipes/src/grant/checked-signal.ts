/*
 * An expiry timer cannot fire while its process is stopped, nor within the callback that runs first after that. So the
 * signal of a grant does not wait for the timer: it compares the clock whenever it is read.
 */

const { prototype } = AbortSignal;
const isAborted = Object.getOwnPropertyDescriptor(prototype, "aborted")?.get as (this: AbortSignal) => boolean;
const reasonOf = Object.getOwnPropertyDescriptor(prototype, "reason")?.get as (this: AbortSignal) => unknown;

/**
 * Returns the signal of `controller`, which from now on calls `check` before it answers `aborted`, `reason` or
 * `throwIfAborted`, until it has aborted. `check` aborts the controller if the time for that has come; it is not called
 * within itself, and must not throw. (A signal composed of it by `AbortSignal.any` follows, but does not check by itself.)
 */
export function checkedSignal(controller: AbortController, check: () => void): AbortSignal {
  const { signal } = controller;
  let isChecking = false;
  const current = (): AbortSignal => {
    if (isChecking || isAborted.call(signal)) return signal;
    isChecking = true;
    try {
      check();
    } finally {
      isChecking = false;
    }
    return signal;
  };
  Object.defineProperties(signal, {
    aborted: { configurable: true, get: () => isAborted.call(current()) },
    reason: { configurable: true, get: () => reasonOf.call(current()) },
    throwIfAborted: { configurable: true, value: () => prototype.throwIfAborted.call(current()) },
  });
  return signal;
}
