/*
 * An expiry timer cannot fire while its process is stopped, nor within the callback that runs first after that. So the
 * signal of a grant does not wait for the timer: it compares the clock whenever it is read.
 */

/**
 * Returns the signal of `controller`, which from now on calls `check` before it answers `aborted`, `reason` or
 * `throwIfAborted`, until it has aborted. `check` aborts the controller if the time for that has come; it is not called
 * within itself, and must not throw. (A signal composed of it by `AbortSignal.any` follows, but does not check by itself.)
 */
export function checkedSignal(controller: Pick<AbortController, "signal">, check: () => void): AbortSignal {
  const { signal } = controller;
  const unchecked = Object.getPrototypeOf(signal) as AbortSignal;
  const read = <Name extends "aborted" | "reason">(name: Name): AbortSignal[Name] =>
    Reflect.get(unchecked, name, signal) as AbortSignal[Name];
  let isChecking = false;
  const checked = <T>(answer: () => T): T => {
    if (!isChecking && !read("aborted")) {
      isChecking = true;
      try {
        check();
      } finally {
        isChecking = false;
      }
    }
    return answer();
  };
  Object.defineProperties(signal, {
    aborted: { configurable: true, get: () => checked(() => read("aborted")) },
    reason: { configurable: true, get: () => checked(() => read("reason")) },
    throwIfAborted: { configurable: true, value: () => checked(() => unchecked.throwIfAborted.call(signal)) },
  });
  return signal;
}
