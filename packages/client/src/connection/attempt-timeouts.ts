/** Time limits of one attempt to connect to one server. */
export interface AttemptTimeouts {
  /** For resolving the name and opening the TCP connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** For the answer to the handshake, from then on, in milliseconds. */
  readonly handshakeTimeoutMs: number;
}

/**
 * Returns the time limits of one attempt. When a silent server is detected, the last third of the session timeout is
 * left (heartbeat.ts), and one server that does not answer must not use it up: while the session may be alive, each
 * server gets an equal share of that third. A new session has no deadline, and creating one costs the ensemble a write,
 * so its handshake gets the whole third. Shares of less than a second could not tell a slow server from a dead one, so
 * a share is at least one second, or the whole third if that is shorter.
 */
export function attemptTimeouts(sessionTimeoutMs: number, hosts: number, isNewSession: boolean): AttemptTimeouts {
  const third = sessionTimeoutMs / 3;
  const share = Math.max(third / hosts, Math.min(third, 1_000));
  return { connectTimeoutMs: share, handshakeTimeoutMs: isNewSession ? Math.max(third, 1_000) : share };
}
