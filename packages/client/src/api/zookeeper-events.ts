/**
 * State of a session.
 *
 * - `connecting`: there is no session yet (at the start, and after an expiry when a new session is created).
 * - `connected`: a server serves the session.
 * - `suspended`: the connection is lost. The session may be alive, and ephemerals and watches are in doubt.
 * - `expired`: the session has ended, reported by a server or by the client's own clock while no server was reachable.
 *   Its ephemerals are deleted now or soon. Followed by `connecting` if a new session is created, otherwise final.
 * - `closed`: the client was closed. Final.
 */
export type SessionState = "connecting" | "connected" | "suspended" | "expired" | "closed";

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
