import { onAbort } from "@conclave/runtime";
import type { ConnectOptions } from "./api/connect-options.js";
import { isZkError, ZkError } from "./api/zk-error.js";
import type { ZooKeeper } from "./api/zookeeper.js";
import type { StateChange } from "./api/zookeeper-events.js";
import { Client } from "./client.js";
import { parseConnectString } from "./options/connect-string.js";
import { type ResolvedOptions, resolveOptions } from "./options/resolve-options.js";

/**
 * Connects to an ensemble: `connect("10.0.0.1:2181,10.0.0.2:2181/app")`. The servers are tried in random order. The
 * default port is 2181. A chroot at the end becomes the prefix of all paths; it must exist, or is made with
 * `options.createChroot`.
 *
 * Resolves when a server has created a session and accepted the credentials of `options.auth`, and the chroot exists.
 * Rejects, leaving nothing open, with
 *
 * - `ABORTED` when `options.signal` aborts,
 * - `OPERATION_TIMEOUT` after `options.connectTimeoutMs`, with the error of the last attempt as `cause`,
 * - `NO_NODE` when the chroot does not exist,
 * - `AUTH_FAILED` when a server refuses the credentials,
 * - `SESSION_EXPIRED` when the servers refuse a saved session,
 * - a `TypeError` for an invalid connect string or option.
 *
 * Without a signal and a timeout it keeps trying until a server answers. After two seconds the `logger` receives a warning
 * that names the missing step.
 */
export async function connect(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  const resolved = resolveOptions(options);
  const client = Client.unstarted(parseConnectString(connectString), resolved);
  const limit = new ConnectLimit(client, connectString, resolved);
  try {
    const credentials = resolved.auth.map(({ scheme, auth }) => client.addAuth(scheme, auth));
    const ready = Promise.all([established(client, resolved), ...credentials]).then(() =>
      ensureChroot(client, resolved),
    );
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

/** Resolves if the chroot exists, or has been made; rejects with `NO_NODE` if it does not exist. */
async function ensureChroot(client: Client, { createChroot }: ResolvedOptions): Promise<void> {
  while (client.chroot !== "") {
    try {
      const isMissing = await lacksChroot(client);
      if (isMissing !== false && createChroot) await client.makeChroot();
      else if (isMissing === true) throw missingChroot(client.chroot);
      return;
    } catch (error) {
      const isLost = isZkError(error, "CONNECTION_LOSS", "SESSION_EXPIRED");
      // Otherwise it is called again, and waits for the next connection.
      if (!isLost || client.state === "closed" || client.state === "expired") throw error;
    }
  }
}

/** Returns true if the chroot does not exist, and `undefined` if the client may not know that. */
async function lacksChroot(client: Client): Promise<boolean | undefined> {
  try {
    // Another client may have made it just now at another server. A read-only server cannot know of that.
    return (await client.exists("/", { linearizable: !client.isReadOnly })) === null;
  } catch (error) {
    // Servers since 3.9 require the permission to read (ZOOKEEPER-2590).
    if (isZkError(error, "NO_AUTH")) return undefined;
    throw error;
  }
}

function missingChroot(chroot: string): ZkError {
  const advice = "create it, or connect with createChroot: true";
  return new ZkError("NO_NODE", `connect: the chroot ${chroot} does not exist; ${advice}`, {
    outcome: "rejected",
    path: chroot,
  });
}

/** Resolves when the session is established; rejects when the servers refuse a saved session, or the client's SASL. */
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

/** Time after which the wait for a session is reported, in milliseconds. */
const REPORT_AFTER_MS = 2_000;

/** Ends the wait for a session: by the caller's signal, or after the caller's timeout. Reports a long wait. */
class ConnectLimit {
  /** Rejects when the limit is reached; never resolves. */
  readonly reached: Promise<never>;
  #isReached = false;
  #stop = (): void => {};

  constructor(client: Client, connectString: string, options: ResolvedOptions) {
    const { signal, connectTimeoutMs, clock, logger } = options;
    this.reached = new Promise((_resolve, reject) => {
      const reach = (code: "ABORTED" | "OPERATION_TIMEOUT", why: string, cause: unknown): void => {
        this.#isReached = true;
        reject(new ZkError(code, `connect ${connectString}: ${why}`, { outcome: "not-applied", cause }));
      };
      const unbindSignal = onAbort(signal, () => reach("ABORTED", "aborted by the caller", signal?.reason));
      const onTimeout = (): void => {
        const { lastError, waitsFor } = client;
        const last = lastError === undefined ? "" : ` (last error: ${lastError.message})`;
        reach(
          "OPERATION_TIMEOUT",
          `no session within ${connectTimeoutMs} ms, waiting for ${waitsFor}${last}`,
          lastError,
        );
      };
      const report = clock.setTimer(REPORT_AFTER_MS, () => {
        const { lastError, waitsFor } = client;
        logger.warn(`zookeeper: not connected after ${REPORT_AFTER_MS} ms, waiting for ${waitsFor}`, {
          error: lastError,
        });
      });
      const timer = connectTimeoutMs === undefined ? undefined : clock.setTimer(connectTimeoutMs, onTimeout);
      this.#stop = () => {
        unbindSignal();
        report.cancel();
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
