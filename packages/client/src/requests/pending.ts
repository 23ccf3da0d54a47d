import type { JuteReader, JuteWriter } from "@conclave/protocol";

/** Error codes of operations that no server answered. */
export type LossCode = "CONNECTION_LOSS" | "SESSION_EXPIRED" | "CLOSED";

/** Value of {@link Sent.sentAtMs} before the operation is sent. */
export const UNSENT = -1;

/** Unit of sending and answering: one operation, or several that were sent as one request. */
export interface Sent {
  /** Operation type on the wire. */
  readonly type: number;
  readonly xid: number;
  /** Time on the client's clock at which it was written to the socket, or {@link UNSENT}. Set by the connection. */
  sentAtMs: number;

  /**
   * Resolves the operation; `input` is positioned at the body of the reply. Throws only `ProtocolError`, for a
   * malformed body.
   */
  resolveFrom(input: JuteReader): void;
  /** Rejects the operation with a result code of the server other than 0. `advice` is added to the message. */
  rejectWith(errno: number, advice?: string): void;
  /** Rejects the operation because its reply was longer than `maxReplyBytes` and was discarded. */
  rejectTooLong(bytes: number, maxReplyBytes: number): void;
  /** Rejects the operation because no answer will come. The outcome depends on {@link sentAtMs}. */
  failWith(code: LossCode, cause?: unknown): void;
}

/**
 * Request as the output buffer sees it. Its owner calls one of `resolveFrom`, `rejectWith`, `rejectTooLong`, `failWith` and `reject`. After
 * the first of these calls, or after the caller's signal, it is `settled`, and further calls have no effect.
 */
export interface Unsent extends Sent {
  readonly settled: boolean;
  /** Xid of the request. Set by the connection. */
  xid: number;
  /** Position of the frame in the output buffer until that is flushed. Set by the connection. */
  frameStart: number;
  frameEnd: number;

  /** Writes the body of the request. */
  write(out: JuteWriter): void;
  /** Rejects an operation that cannot be sent. */
  reject(reason: string, cause?: unknown): void;
}

/** Pending operation as queues and connections see it. */
export interface Pending extends Unsent {
  /** Xid that the protocol reserves for the operation; `undefined`: the connection assigns the next one. */
  readonly reservedXid: number | undefined;
  /** True for a linearizable read: a `sync` must be sent before it, in the same write. */
  readonly needsSync: boolean;
  /** True if a read-only server must not answer it: it waits for a server that serves the session. */
  readonly needsSession: boolean;
  /** Called when the caller's signal settles the operation while it waits for a connection. */
  onAbandoned: (() => void) | undefined;

  /** Encodes the body now, for a later `write`, so that the caller may change its data. */
  freeze(): void;
  /** Notes that the `sync` before the operation was rejected with `errno`: its own answer rejects it with that code. */
  syncFailed(errno: number): void;
}
