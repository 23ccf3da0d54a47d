import type { JuteReader, JuteWriter } from "@conclave/protocol";

/** Codes with which an operation fails that no server answered. */
export type LossCode = "CONNECTION_LOSS" | "SESSION_EXPIRED" | "CLOSED";

/** When an operation has not been sent. */
export const UNSENT = -1;

/** What a connection waits for the answer to: an operation, or several that left as one. */
export interface Sent {
  /** Operation type on the wire. */
  readonly type: number;
  readonly xid: number;
  /** When it was handed to the socket, on the client's clock, or {@link UNSENT}. Set by the connection. */
  sentAtMs: number;

  /** The server did it: `input` stands at the reply's body. Throws `ProtocolError` (only) for a body that is none. */
  succeed(input: JuteReader): void;
  /** The server answered with a result code other than 0. `advice` says what the caller can do about it. */
  refuse(errno: number, advice?: string): void;
  /** No answer will come. The outcome follows from whether it was sent. */
  lose(code: LossCode, cause?: unknown): void;
}

/**
 * An operation on its way, as queues and connections see it. They call one of `succeed`, `refuse`, `lose` and `reject`;
 * after the first, or after the caller's signal, it is `settled` and further calls do nothing.
 */
export interface Pending extends Sent {
  /** An xid of its own, where the protocol reserves one; `undefined`: the connection gives the next. */
  readonly reservedXid: number | undefined;
  readonly settled: boolean;
  /** Set by the connection. */
  xid: number;
  /** Where its frame lies in the outbox, until that is flushed. Set by the connection. */
  frameStart: number;
  frameEnd: number;
  /** Called when the caller's signal settles it while it waits for a connection. */
  onAbandoned: (() => void) | undefined;

  /** Writes the request's body. */
  write(out: JuteWriter): void;
  /** Encodes the body now, for a later `write`, so that the caller may change its data. */
  freeze(): void;
  /** It cannot be sent. */
  reject(reason: string, cause?: unknown): void;
}
