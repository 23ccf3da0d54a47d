import type { ErrorCode } from "@conclave/protocol";

/** Live view of one client's session: each property is that of the moment in which it is read. */
export interface Session {
  readonly id: bigint;
  /** Negotiated in the last handshake. */
  readonly timeoutMs: number;
  /** True once the close of the session is proposed; it accepts no further request. */
  readonly isClosing: boolean;
}

/** The sessions as requests see them, whoever decides on their expiry. */
export interface Sessions {
  /** Extends the expiry of a session after a sign of life. `now` is on the server's monotonic clock. */
  touch(session: Session, now: number): void;
  /** Returns the error for a write of a session that is closing or unknown; `undefined` if it may write. */
  refusalOf(id: bigint): ErrorCode | undefined;
  /** Marks a session as closing, if it exists. */
  markClosing(id: bigint): void;
}
