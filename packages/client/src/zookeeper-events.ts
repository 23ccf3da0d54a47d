import type { SessionState } from "./session/session-state.js";

/** Change of the session's state. */
export interface StateChange {
  readonly state: SessionState;
  readonly previous: SessionState;
}

/** Events of a `ZooKeeper`. Errors that a listener throws are logged and have no other effect. */
export interface ZooKeeperEvents {
  /**
   * The state of the session changed. Listeners run at once, before callers see the operations that failed with the
   * change; `state` of the client already has the new value.
   */
  state: [change: StateChange];
  /**
   * A connection to a read-only server began or ended (`ConnectOptions.canBeReadOnly`). The session's state is
   * `connecting` or `suspended` meanwhile.
   */
  readOnly: [change: { readonly isReadOnly: boolean }];
}
