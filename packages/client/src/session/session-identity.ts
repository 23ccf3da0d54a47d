import { type ConnectResponse, PASSWORD_BYTES } from "@conclave/protocol";

/** What a server must be shown to go on with a session. */
export interface SessionIdentity {
  /** 0 where there is no session yet. */
  readonly id: bigint;
  readonly password: Uint8Array;
  /** What the server granted; before that, what is asked for. In milliseconds. */
  readonly timeoutMs: number;
}

/** Asks for a new session. */
export function noSession(timeoutMs: number): SessionIdentity {
  return { id: 0n, password: new Uint8Array(PASSWORD_BYTES), timeoutMs };
}

/**
 * What the answer to a handshake means for the session that was shown: it goes on (or begins), it is over, or the
 * answer makes no sense. An answer with another session than the one shown means that this one is over, too: ClickHouse
 * Keeper answers so where ZooKeeper says that the session has expired.
 */
export function judgeHandshake(shown: SessionIdentity, answer: ConnectResponse): "attached" | "expired" | "nonsense" {
  const isGiven = answer.timeoutMs > 0 && answer.sessionId !== 0n;
  if (shown.id === 0n) return isGiven ? "attached" : "nonsense";
  return isGiven && answer.sessionId === shown.id ? "attached" : "expired";
}
