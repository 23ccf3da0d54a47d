import { isZkError, type OperationOptions, type WatchListener, ZkError, type ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";

/** The watches that one look at the ensemble leaves. */
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

  /** Takes out those that did not fire. In the background: nothing depends on when the server forgets them. */
  drop(): void {
    for (const path of this.#paths) this.#zk.removeWatches(path, { listener: this.#listener }).catch(() => {});
    this.#paths.clear();
  }

  readonly #listener: WatchListener = ({ path }) => {
    this.#paths.delete(path);
    this.#fire();
  };
}

/**
 * Looks, and looks again each time that a watch left by the look fires, until the look returns a result, and resolves with
 * it. Continues across lost connections and expired sessions. Rejects with `ABORTED` when `signal` aborts, and with other
 * errors of the look; no watch is left either way. `what` names the result in error messages.
 */
export async function watchUntil<T>(
  zk: ZooKeeper,
  what: string,
  look: (watches: WatchSet) => Promise<T | undefined>,
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
      const seen = await look(watches);
      if (seen !== undefined) return seen;
      await orAborted(watches.fired, signal);
    } catch (error) {
      await rethrowUnlessRetryable(zk, error);
    } finally {
      watches.drop();
    }
  }
}

/**
 * Returns if the operation that failed with `error` is to be repeated at once, as that waits for the next connection. Else
 * throws the error.
 */
export async function rethrowUnlessRetryable(zk: ZooKeeper, error: unknown): Promise<void> {
  // After an expiry, this lets the client turn to its next session first.
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
