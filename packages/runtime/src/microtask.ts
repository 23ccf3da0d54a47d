const settled = Promise.resolve();

/**
 * Calls `callback` in a microtask, as `queueMicrotask` does. Some fake timers (Jest's, by default) replace that
 * function and `process.nextTick`, after which nothing would be sent; they do not replace promises. `callback` must not
 * throw.
 */
export function microtask(callback: () => void): void {
  void settled.then(callback);
}
