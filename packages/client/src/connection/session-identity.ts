import { type ConnectResponse, PASSWORD_BYTES } from "@conclave/protocol";

/** Id, password and timeout that a handshake sends to resume a session. */
export interface SessionIdentity {
  /** Session id; 0 if there is no session yet. */
  readonly id: bigint;
  readonly password: Uint8Array;
  /** Timeout in milliseconds that the server granted; the requested one if there is no session yet. */
  readonly timeoutMs: number;
}

/** Identity with which a handshake asks for a new session. */
export function noSession(timeoutMs: number): SessionIdentity {
  return { id: 0n, password: new Uint8Array(PASSWORD_BYTES), timeoutMs };
}

/**
 * Classifies the answer to a handshake: the session is attached (resumed or created), it has expired, or the answer is
 * invalid. An answer with another session than the requested one means expired as well: ClickHouse Keeper sends it
 * where ZooKeeper sends a session-expired response. A read-only server knows no session of the ensemble, so none of its
 * answers proves that the session has expired.
 */
export function judgeHandshake(
  requested: SessionIdentity,
  answer: ConnectResponse,
): "attached" | "expired" | "readOnly" | "invalid" {
  if (answer.readOnly === true) return "readOnly";
  const hasSession = answer.timeoutMs > 0 && answer.sessionId !== 0n;
  if (requested.id === 0n) return hasSession ? "attached" : "invalid";
  return hasSession && answer.sessionId === requested.id ? "attached" : "expired";
}
