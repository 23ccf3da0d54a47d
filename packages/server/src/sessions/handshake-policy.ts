import type { ConnectRequest } from "@conclave/protocol";

/** State of the server that decides on a handshake. */
export interface HandshakeFacts {
  readonly isServing: boolean;
  /** Zxid of the last applied transaction. */
  readonly lastZxid: bigint;
  /** Takes a token of the connection throttle; returns false if there is none. Asked only while the server is serving. */
  admits(kind: "new" | "renewed"): boolean;
  /** Returns true for a session of this server, if it is read-only; `undefined` if it is not. */
  readonly isOwnSession?: ((sessionId: bigint) => boolean) | undefined;
}

export type HandshakeDecision = "not-serving" | "throttled" | "read-only" | "ahead" | "not-here" | "open" | "resume";

/** Decides on a handshake; the conditions and their order are in SPEC.md. */
export function decideHandshake(
  { sessionId, lastZxidSeen, readOnly }: Pick<ConnectRequest, "sessionId" | "lastZxidSeen" | "readOnly">,
  facts: HandshakeFacts,
): HandshakeDecision {
  if (!facts.isServing) return "not-serving";
  if (!facts.admits(sessionId === 0n ? "new" : "renewed")) return "throttled";
  const { isOwnSession } = facts;
  if (isOwnSession !== undefined && readOnly !== true) return "read-only";
  if (lastZxidSeen > facts.lastZxid) return "ahead";
  if (isOwnSession !== undefined && sessionId !== 0n && !isOwnSession(sessionId)) return "not-here";
  return sessionId === 0n ? "open" : "resume";
}
