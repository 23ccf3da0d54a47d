import { Client } from "./client.js";
import type { ConnectOptions } from "./options/connect-options.js";
import { parseConnectString } from "./options/connect-string.js";
import { type ResolvedOptions, resolveOptions } from "./options/resolve-options.js";
import { ZkError } from "./zk-error.js";
import type { ZooKeeper } from "./zookeeper.js";
import type { StateChange } from "./zookeeper-events.js";

/**
 * Connects to an ensemble: `connect("10.0.0.1:2181,10.0.0.2:2181/app")`. The servers are tried in random order; a port
 * may be left out (2181); a chroot at the end, which must exist before anything can be made in it, becomes the prefix of
 * all paths.
 *
 * Resolves when a server has made a session and accepted the credentials of `options.auth`. Rejects with `ABORTED` by
 * `options.signal`, with `OPERATION_TIMEOUT` after `options.connectTimeoutMs` (the `cause` is why the last attempt
 * failed), with `AUTH_FAILED`, with `SESSION_EXPIRED` for a saved session that is over, or with a `TypeError` for a connect string or an option that cannot be; nothing stays
 * open then. Without a signal and a timeout it goes on trying.
 */
export async function connect(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  const resolved = resolveOptions(options);
  const client = new Client(parseConnectString(connectString), resolved);
  const limit = new ConnectLimit(client, connectString, resolved);
  try {
    const credentials = resolved.auth.map(({ scheme, auth }) => client.addAuth(scheme, auth));
    const ready = Promise.all([established(client, resolved), ...credentials]);
    if (!limit.isReached) client.start();
    await Promise.race([ready, limit.reached]);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  } finally {
    limit.stop();
  }
}

/** Resolves when a server answers; rejects where none will. */
function established(client: Client, { session, sasl }: ResolvedOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: ZkError): void => {
      client.off("state", onState);
      client.off("readOnly", onReadOnly);
      client.onAttemptFailed = undefined;
      if (error === undefined) resolve();
      else reject(error);
    };
    const fail = (code: "SESSION_EXPIRED" | "AUTH_FAILED", why: string, cause?: unknown): void =>
      settle(new ZkError(code, `connect: ${why}`, { outcome: "rejected", cause }));
    const onState = ({ state }: StateChange): void => {
      if (state === "connected") settle();
      else if (state === "expired")
        fail(
          "SESSION_EXPIRED",
          `the servers refused the session ${String(session)}: it has expired, or its password is wrong`,
        );
    };
    const onReadOnly = ({ isReadOnly }: { isReadOnly: boolean }): void => {
      if (isReadOnly) settle();
    };
    client.on("state", onState);
    client.on("readOnly", onReadOnly);
    if (sasl === undefined) return;
    client.onAttemptFailed = (error) => {
      if (error.reason === "unauthenticated") fail("AUTH_FAILED", error.message, error);
    };
  });
}

/** What ends the wait for a session: the caller's signal, or the time that the caller gave. */
class ConnectLimit {
  /** Rejects when the wait is over; never resolves. */
  readonly reached: Promise<never>;
  #isReached = false;
  #stop = (): void => {};

  constructor(client: Client, connectString: string, { signal, connectTimeoutMs, clock }: ResolvedOptions) {
    this.reached = new Promise((_resolve, reject) => {
      const reach = (code: "ABORTED" | "OPERATION_TIMEOUT", why: string, cause: unknown): void => {
        this.#isReached = true;
        reject(new ZkError(code, `connect ${connectString}: ${why}`, { outcome: "not-applied", cause }));
      };
      const onAbort = (): void => reach("ABORTED", "aborted by the caller", signal?.reason);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
      const onTimeout = (): void => {
        const { lastError } = client;
        const last = lastError === undefined ? "" : ` (last: ${lastError.message})`;
        reach("OPERATION_TIMEOUT", `no session within ${connectTimeoutMs} ms${last}`, lastError);
      };
      const timer = connectTimeoutMs === undefined ? undefined : clock.setTimer(connectTimeoutMs, onTimeout);
      this.#stop = () => {
        signal?.removeEventListener("abort", onAbort);
        timer?.cancel();
      };
    });
  }

  get isReached(): boolean {
    return this.#isReached;
  }

  stop(): void {
    this.#stop();
  }
}
