import type { SessionState } from "./session/session-state.js";

/** A step of the session from one state to another. */
export interface StateChange {
  readonly state: SessionState;
  readonly previous: SessionState;
}

/** What a `ZooKeeper` emits. A listener that throws does not disturb the client or other listeners. */
export interface ZooKeeperEvents {
  /**
   * The session's state changed. Told at once, before the operations that failed with it reach their callers; `state`
   * of the client already says the same.
   */
  state: [change: StateChange];
  /**
   * A server that can only read answers now, or does not any more (`ConnectOptions.canBeReadOnly`). The session's state is
   * `connecting` or `suspended` all the while.
   */
  readOnly: [change: { readonly isReadOnly: boolean }];
}
