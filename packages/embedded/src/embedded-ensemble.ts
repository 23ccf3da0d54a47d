import { type ConnectionSource, type ConnectOptions, connect, type ZooKeeper } from "@conclave/client";
import { onAbort, systemClock } from "@conclave/runtime";
import { type EnsembleReplica, type JoinEnsembleOptions, joinEnsemble } from "@conclave/server";

/** Time in which all replicas of a service start and find each other, in milliseconds. */
const CONNECT_TIMEOUT_MS = 120_000;

/**
 * Returns this process's part in an ensemble of the replicas of its service, for the option `ensemble` of Conclave's plugins. It joins when
 * the first client connects.
 */
export function embeddedEnsemble(options: JoinEnsembleOptions): EmbeddedEnsemble {
  return new EmbeddedEnsemble(options);
}

/** A replica that joins its ensemble with the first client, and the clients of this process. */
export class EmbeddedEnsemble implements ConnectionSource {
  readonly #options: JoinEnsembleOptions;
  #joining: Promise<EnsembleReplica> | undefined;

  constructor(options: JoinEnsembleOptions) {
    this.#options = options;
  }

  /**
   * Joins the ensemble, unless it has joined already. Rejects as `joinEnsemble` does. The replica looks for the others after that:
   * {@link EnsembleReplica.whenReady}.
   */
  join(): Promise<EnsembleReplica> {
    this.#joining ??= joinEnsemble(this.#options).catch((error: unknown) => {
      this.#joining = undefined;
      throw error;
    });
    return this.#joining;
  }

  /**
   * Joins the ensemble, waits until the own server serves, and connects to it; the client moves to another server while the own one is
   * in no quorum. Waits for 2 minutes by default (`connectTimeoutMs`), so that all replicas can start. Rejects as `joinEnsemble` and
   * `connect` do; the replica keeps running.
   */
  async connect(options: ConnectOptions = {}): Promise<ZooKeeper> {
    const replica = await this.join();
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS, signal, clock = systemClock } = options;
    await waitUntilReady(replica, connectTimeoutMs, signal, clock);
    return connect(replica.connectString, { serverOrder: "given", ...options, connectTimeoutMs });
  }

  /** Has a leader hand over, and ends the server. Close all clients before. Idempotent; another `connect` joins again. */
  async close(): Promise<void> {
    const joining = this.#joining;
    this.#joining = undefined;
    await (await joining?.catch(() => undefined))?.close();
  }
}

async function waitUntilReady(
  replica: EnsembleReplica,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  clock: NonNullable<ConnectOptions["clock"]>,
): Promise<void> {
  const waiting = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => {
    const { reason } = replica.readiness;
    waiting.abort(new Error(`replica ${replica.id} of the ensemble is not ready after ${timeoutMs} ms: ${reason}`));
  });
  const remove = onAbort(signal, () => waiting.abort(signal?.reason));
  try {
    await replica.whenReady(waiting.signal);
  } finally {
    timer.cancel();
    remove();
  }
}
