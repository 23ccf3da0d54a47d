/** Why bytes were refused. `truncated`: they end too early; `oversized`: a length beyond its limit; `malformed`: the rest. */
export type ProtocolErrorReason = "truncated" | "oversized" | "malformed";

/**
 * Bytes that are not what the protocol says. Every decoder of this package throws this class and no other, and only
 * for its input, so that a socket handler can catch it in one place and close the connection.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly reason: ProtocolErrorReason;

  constructor(reason: ProtocolErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
