import type { WatchListener } from "@conclave/client";

/** Sees that no watch speaks twice, or after the read that left it was rejected. */
export class WatchBook {
  /** Watches that saw a change, and those whose session ended. */
  readonly counts = { changes: 0, sessionsEnded: 0 };
  readonly #violation: (text: string) => void;

  constructor(violation: (text: string) => void) {
    this.#violation = violation;
  }

  /** A watch for one read. */
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
  /** The read that was to leave it failed. */
  rejected(): void;
  /** Whether it has spoken, or never will. */
  isOver(): boolean;
}
