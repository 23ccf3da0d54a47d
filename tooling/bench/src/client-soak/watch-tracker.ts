import type { WatchListener } from "@conclave/client";

/** Checks that no watch is called twice, or after the read that should have left it was rejected. */
export class WatchTracker {
  /** Number of watches by the event that ended them: a change, or the end of the session. */
  readonly counts = { changes: 0, sessionsEnded: 0 };
  readonly #violation: (text: string) => void;

  constructor(violation: (text: string) => void) {
    this.#violation = violation;
  }

  /** Returns a watch for one read. */
  open(path: string): OpenWatch {
    const watch = { isOver: false, isVoid: false };
    return {
      listener: (event) => {
        if (watch.isVoid) this.#violation(`a watch on ${path} whose read was rejected saw ${event.type}`);
        else if (watch.isOver) this.#violation(`a watch on ${path} was called twice, now with ${event.type}`);
        watch.isOver = true;
        if (event.type === "sessionEnded") this.counts.sessionsEnded++;
        else this.counts.changes++;
      },
      rejected: () => {
        watch.isVoid = true;
      },
      isOver: () => watch.isOver || watch.isVoid,
    };
  }
}

export interface OpenWatch {
  readonly listener: WatchListener;
  /** Records that the read failed, so that the watch must never be called. */
  rejected(): void;
  /** Returns true if the watch was called, or never will be. */
  isOver(): boolean;
}
