import { channel } from "node:diagnostics_channel";
import type { ZkError } from "../api/zk-error.js";
import type { SessionState } from "../api/zookeeper-events.js";

/** Names of the `node:diagnostics_channel` channels on which clients publish their activity. */
export const ChannelName = {
  /** Publishes an {@link OperationMessage} when an operation is called, in the asynchronous context of the caller. */
  OPERATION_START: "conclave:client:operation:start",
  /** Publishes the same object when the operation settles, with `durationMs` and, if it failed, `error`. */
  OPERATION_END: "conclave:client:operation:end",
  /** Publishes a {@link StateMessage} for each change of a session's state. */
  STATE: "conclave:client:state",
} as const;

/** Message about one operation. */
export interface OperationMessage {
  /** Name of the operation: `getData`, `multi`, … */
  readonly operation: string;
  /** Path as the caller wrote it, without the chroot; `undefined` if the operation has none, or several. */
  readonly path: string | undefined;
  /** Chroot of the client; "" for none. */
  readonly chroot: string;
  /** Id of the session at the time of the call; 0 if there was none. */
  readonly sessionId: bigint;
  /**
   * Time from the call to the result in milliseconds, including the wait for a connection. Set when the operation
   * settles.
   */
  durationMs?: number;
  /** Error of a failed operation. Set when the operation settles. */
  error?: ZkError;
}

/** Message about one change of a session's state. */
export interface StateMessage {
  readonly state: SessionState;
  readonly previous: SessionState;
  readonly sessionId: bigint;
  readonly chroot: string;
}

export const operationStart = channel(ChannelName.OPERATION_START);
export const operationEnd = channel(ChannelName.OPERATION_END);
export const stateChannel = channel(ChannelName.STATE);
