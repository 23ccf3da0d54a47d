/** One client's session on the server. */
export interface Session {
  readonly id: bigint;
  /** What a client must show to re-attach. */
  readonly password: Uint8Array;
  /** Of the last handshake: whoever re-attaches asks anew. */
  timeoutMs: number;
  /** When it expires unless it is touched, on the tracker's clock. */
  expiresAt: number;
  /** Its end is proposed: it can do nothing more. */
  closing: boolean;
}
