import type { ConnectOptions } from "../src/api/connect-options.js";
import type { ZooKeeper } from "../src/api/zookeeper.js";
import { connect } from "../src/connect.js";

/**
 * Session timeout for tests that are not about the loss of a session, in milliseconds: so long that a busy machine cannot
 * end it. Servers may grant less.
 */
export const LONG_SESSION_MS = 60_000;

/** Connects as `connect` does, by default with a session of {@link LONG_SESSION_MS}. */
export function connectForLong(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  return connect(connectString, { sessionTimeoutMs: LONG_SESSION_MS, ...options });
}
