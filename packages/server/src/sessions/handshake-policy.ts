import type { ConnectRequest } from "@conclave/protocol";

/** State of the server that decides on a handshake. */
export interface HandshakeFacts {
  readonly isServing: boolean;
  /** Zxid of the last applied transaction. */
  readonly lastZxid: bigint;
  /** Takes a token of the connection throttle; returns false if there is none. Asked only while the server is serving. */
  admits(kind: "new" | "renewed"): boolean;
}

export type HandshakeDecision = "not-serving" | "throttled" | "ahead" | "open" | "resume";

/** Decides on a handshake; the conditions and their order are in SPEC.md. */
export function decideHandshake(
  { sessionId, lastZxidSeen }: Pick<ConnectRequest, "sessionId" | "lastZxidSeen">,
  facts: HandshakeFacts,
): HandshakeDecision {
  if (!facts.isServing) return "not-serving";
  if (!facts.admits(sessionId === 0n ? "new" : "renewed")) return "throttled";
  if (lastZxidSeen > facts.lastZxid) return "ahead";
  return sessionId === 0n ? "open" : "resume";
}
