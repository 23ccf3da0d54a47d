/** Reason of a refusal. `truncated`: the bytes end too early; `oversized`: a length above its limit; `malformed`: anything else. */
export type ProtocolErrorReason = "truncated" | "oversized" | "malformed";

/**
 * Thrown for bytes that violate the protocol. Decoders of this package throw no other class, and this one only because of
 * their input: a socket handler can catch it in one place and close the connection.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly reason: ProtocolErrorReason;

  constructor(reason: ProtocolErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
