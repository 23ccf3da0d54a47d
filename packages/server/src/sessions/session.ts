/** One client's session on the server. */
export interface Session {
  readonly id: bigint;
  /** Password that a client must present to resume the session. */
  readonly password: Uint8Array;
  /** Timeout in milliseconds, negotiated in the last handshake; resuming negotiates it again. */
  timeoutMs: number;
  /** Expiry time on the tracker's clock (ms), unless the session is touched before. */
  expiresAt: number;
  /** True once the session's close is proposed; the session accepts no further request. */
  closing: boolean;
}
