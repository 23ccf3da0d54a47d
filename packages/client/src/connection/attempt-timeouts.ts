/** How long one attempt to reach one server may take. */
export interface AttemptTimeouts {
  /** For the name's resolution and the TCP connection. */
  readonly connectTimeoutMs: number;
  /** From then on, for the answer to the handshake. */
  readonly handshakeTimeoutMs: number;
}

/**
 * Of the session timeout the last third is left when a silent peer is noticed (heartbeat.ts), and a server that
 * swallows what it gets must not use it up: a session that may be alive gives each server its share of that third. A
 * new session has no deadline, and to make one costs the ensemble a write, so its handshake gets the whole third. Below
 * a second shares get too small to tell slow from dead: there it is a third or a second, whichever is less.
 */
export function attemptTimeouts(sessionTimeoutMs: number, hosts: number, isNewSession: boolean): AttemptTimeouts {
  const third = sessionTimeoutMs / 3;
  const share = Math.max(third / hosts, Math.min(third, 1_000));
  return { connectTimeoutMs: share, handshakeTimeoutMs: isNewSession ? Math.max(third, 1_000) : share };
}
