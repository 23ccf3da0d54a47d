import type { ErrorCode } from "@conclave/protocol";

/** Live view of one client's session: each property is that of the moment in which it is read. */
export interface Session {
  readonly id: bigint;
  /** Negotiated in the last handshake. */
  readonly timeoutMs: number;
  /** True once the close of the session is proposed; it accepts no further request. */
  readonly isClosing: boolean;
}

/** The sessions of a server, whether it decides on their expiry or asks its leader. `Owner` serves a session: a connection. */
export interface Sessions<Owner = unknown> {
  /** Number of sessions, including those that are closing. */
  readonly size: number;
  /** Returns the sessions by the time at which they expire, earliest first. */
  byExpiry(): Iterable<readonly [expiresAt: number, sessions: ReadonlySet<Session>]>;
  /** Extends the expiry of a session after a sign of life. `now` is on the server's monotonic clock. */
  touch(session: Session, now: number): void;
  /**
   * Returns the error for a write of a session that is closing, unknown, or served elsewhere; `undefined` if it may write.
   * @param learner the learner that forwarded the write; `undefined` for a client of this server
   */
  refusalOf(id: bigint, learner?: Owner): ErrorCode | undefined;
  /** Marks a session as closing, if it exists. */
  markClosing(id: bigint): void;
  /** Returns the password that a client must present to resume a session. */
  passwordOf(id: bigint): Uint8Array;
  /** Makes `owner` the one that serves a session, and returns the former one if it is another. */
  attach(id: bigint, owner: Owner): Owner | undefined;
  /** Ends the ownership of a session, if it is still `owner` that serves it. */
  detach(id: bigint, owner: Owner): void;
}
