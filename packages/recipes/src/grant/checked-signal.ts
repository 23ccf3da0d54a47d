/*
 * The timer of a session cannot fire while the process is stopped, nor before the first callback that runs after the stop. So
 * the signal of a grant does not rely on the timer alone: each read of it compares the clock.
 */

/**
 * Returns the signal of `controller`, changed so that until it has aborted each read of `aborted` or `reason` and each call of
 * `throwIfAborted` calls `check` first. `check` aborts the controller if the grant has ended. It is not called recursively, and
 * must not throw. (A signal derived from it by `AbortSignal.any` aborts with it, but does not call `check` when it is read.)
 */
export function checkedSignal(controller: Pick<AbortController, "signal">, check: () => void): AbortSignal {
  const { signal } = controller;
  const unchecked = Object.getPrototypeOf(signal) as AbortSignal;
  const read = <Name extends "aborted" | "reason">(name: Name): AbortSignal[Name] =>
    Reflect.get(unchecked, name, signal) as AbortSignal[Name];
  let isChecking = false;
  const checked = <T>(result: () => T): T => {
    if (!isChecking && !read("aborted")) {
      isChecking = true;
      try {
        check();
      } finally {
        isChecking = false;
      }
    }
    return result();
  };
  Object.defineProperties(signal, {
    aborted: { get: () => checked(() => read("aborted")) },
    reason: { get: () => checked(() => read("reason")) },
    throwIfAborted: { value: () => checked(() => unchecked.throwIfAborted.call(signal)) },
  });
  return signal;
}
