import type { Clock } from "@conclave/runtime";

/** Resolves when `promise`, which never rejects, has resolved, or when `timeoutMs` have passed. */
export function settled(promise: Promise<void>, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(timeoutMs, resolve);
    void promise.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
