import { isZkError, type OperationOptions, type WatchListener, ZkError, type ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";

/** Watches set by one round of reads. */
export class WatchSet {
  /** Resolves when one of them fires, or the session ends. */
  readonly fired: Promise<void>;
  readonly #zk: ZooKeeper;
  readonly #paths = new Set<string>();
  #fire!: () => void;

  constructor(zk: ZooKeeper) {
    this.#zk = zk;
    this.fired = new Promise((resolve) => {
      this.#fire = resolve;
    });
  }

  /** Returns the watch listener for a read of `path`. */
  on(path: string): WatchListener {
    this.#paths.add(path);
    return this.#listener;
  }

  /** Removes the watches that did not fire, in the background. */
  drop(): void {
    for (const path of this.#paths) this.#zk.removeWatches(path, { listener: this.#listener }).catch(() => {});
  }

  readonly #listener: WatchListener = () => this.#fire();
}

/**
 * Calls `read`, again each time that one of the watches fires that it set, until it returns a result; resolves with that.
 * Continues across lost connections and expired sessions. Rejects with `ABORTED` when `signal` aborts, and with other errors of
 * `read`; no watch is left in either case. `what` names the result in error messages.
 */
export async function watchUntil<T>(
  zk: ZooKeeper,
  what: string,
  read: (watches: WatchSet) => Promise<T | undefined>,
  { signal }: OperationOptions = {},
): Promise<T> {
  for (;;) {
    if (signal?.aborted === true) {
      throw new ZkError("ABORTED", `wait for ${what}: aborted by the caller`, {
        outcome: "not-applied",
        cause: signal.reason,
      });
    }
    const watches = new WatchSet(zk);
    try {
      const result = await read(watches);
      if (result !== undefined) return result;
      await orAborted(watches.fired, signal);
    } catch (error) {
      await rethrowUnlessRetryable(zk, error);
    } finally {
      watches.drop();
    }
  }
}

/**
 * Returns if the operation that failed with `error` can be repeated at once; the repetition waits for the next connection.
 * Otherwise throws the error.
 */
export async function rethrowUnlessRetryable(zk: ZooKeeper, error: unknown): Promise<void> {
  // After an expiry, let the client open its next session first.
  await Promise.resolve();
  const isOver = zk.state === "closed" || zk.state === "expired";
  if (isOver || !isZkError(error, "CONNECTION_LOSS", "SESSION_EXPIRED")) throw error;
}

function orAborted(wait: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const removeCallback = onAbort(signal, resolve);
    void wait.then(() => {
      removeCallback();
      resolve();
    });
  });
}
