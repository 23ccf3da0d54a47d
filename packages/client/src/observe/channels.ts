import { channel } from "node:diagnostics_channel";
import type { SessionState } from "../session/session-state.js";
import type { ZkError } from "../zk-error.js";

/** The names of the channels of `node:diagnostics_channel` on which clients tell what they do. */
export const ChannelName = {
  /** An {@link OperationMessage}, when an operation is called: in its caller's asynchronous context. */
  OPERATION_START: "conclave:client:operation:start",
  /** The same object again, when it is settled, with `durationMs` and, if it failed, `error`. */
  OPERATION_END: "conclave:client:operation:end",
  /** A {@link StateMessage}, at each change of a session's state. */
  STATE: "conclave:client:state",
} as const;

/** What is told of an operation. */
export interface OperationMessage {
  /** `getData`, `multi`, … */
  readonly operation: string;
  /** As the caller wrote it, without the chroot; `undefined` where there is no path, or several. */
  readonly path: string | undefined;
  /** The client's chroot; "" for none. */
  readonly chroot: string;
  /** The session when it was called, 0 for none yet. */
  readonly sessionId: bigint;
  /** From the call to the result, waiting for a connection included, in milliseconds. Set when it is settled. */
  durationMs?: number;
  /** Why it failed. Set when it is settled. */
  error?: ZkError;
}

/** What is told of a session. */
export interface StateMessage {
  readonly state: SessionState;
  readonly previous: SessionState;
  readonly sessionId: bigint;
  readonly chroot: string;
}

export const operationStart = channel(ChannelName.OPERATION_START);
export const operationEnd = channel(ChannelName.OPERATION_END);
export const stateChannel = channel(ChannelName.STATE);
