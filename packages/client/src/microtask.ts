const settled = Promise.resolve();

/**
 * Calls `callback` in a microtask, as `queueMicrotask` does. That function and `process.nextTick` are faked by some fake
 * timers (Jest's, by default), under which nothing would ever be sent; promises are not. `callback` must not throw.
 */
export function microtask(callback: () => void): void {
  void settled.then(callback);
}
