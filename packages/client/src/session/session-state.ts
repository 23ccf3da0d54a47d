/*
 * The session as a table of states and events. Pure: SPEC.md beside it says what each cell is for; session.ts executes
 * the effects in the order in which they stand here.
 */

/**
 * Where a session stands.
 *
 * - `connecting`: no session yet (at the start, and after an expiry where a new session is made).
 * - `connected`: a server answers for the session.
 * - `suspended`: the connection is lost; the session may live on, and what it holds is in doubt.
 * - `expired`: the session is over, said by a server or by our own clock while no server could be reached. Its
 *   ephemerals are gone or going. Followed by `connecting` where a new session is made, else final.
 * - `closed`: the client was closed. Final.
 */
export type SessionState = "connecting" | "connected" | "suspended" | "expired" | "closed";

/**
 * What can happen to a session.
 *
 * - `attached`: a server took the session over, or made it.
 * - `refused`: a server said that the session has expired.
 * - `disconnected`: the connection that served the session ended.
 * - `deadlinePassed`: by our own clock the servers may have expired the session.
 * - `renewed`: a new session is wanted after an expiry.
 * - `closed`: the caller closed the client.
 */
export type SessionEvent = "attached" | "refused" | "disconnected" | "deadlinePassed" | "renewed" | "closed";

/**
 * What the shell is to do.
 *
 * - `dial`: look for a server until one takes the session or `hangUp`.
 * - `hangUp`: end the connection, or the attempts to get one; what was in flight fails with `SESSION_EXPIRED`.
 * - `startClock`, `stopClock`: the expiry clock.
 * - `resume`: send credentials, watches and waiting operations on the new connection, in this order.
 * - `failWaiting`: reject the operations that wait for a connection.
 * - `forget`: drop the session's id, password and zxid, so that nothing can re-attach to it.
 * - `announce`: tell the listeners of `state`.
 * - `endWatches`: tell every watch that the session is over.
 */
export type SessionEffect =
  | "dial"
  | "hangUp"
  | "startClock"
  | "stopClock"
  | "resume"
  | "failWaiting"
  | "forget"
  | "announce"
  | "endWatches";

export interface SessionTransition {
  readonly to: SessionState;
  readonly effects: readonly SessionEffect[];
}

const move = (to: SessionState, ...effects: SessionEffect[]): SessionTransition => ({ to, effects });

/** For events that come too late or too early to matter. */
const stay = (state: SessionState): SessionTransition => ({ to: state, effects: [] });

const attach = move("connected", "startClock", "resume", "announce");
const expire = move("expired", "stopClock", "hangUp", "forget", "failWaiting", "announce", "endWatches");

const table: { readonly [S in SessionState]: { readonly [E in SessionEvent]: SessionTransition } } = {
  connecting: {
    attached: attach,
    // Only a session that was saved before can be refused here.
    refused: move("expired", "hangUp", "forget", "failWaiting", "announce", "endWatches"),
    disconnected: stay("connecting"),
    deadlinePassed: stay("connecting"),
    renewed: stay("connecting"),
    closed: move("closed", "hangUp", "failWaiting", "announce", "endWatches"),
  },
  connected: {
    attached: stay("connected"),
    refused: stay("connected"),
    disconnected: move("suspended", "announce", "dial"),
    deadlinePassed: expire,
    renewed: stay("connected"),
    // No `hangUp`: the connection is still needed to say goodbye (session.ts, `close`).
    closed: move("closed", "stopClock", "failWaiting", "announce", "endWatches"),
  },
  suspended: {
    attached: attach,
    refused: expire,
    disconnected: stay("suspended"),
    deadlinePassed: expire,
    renewed: stay("suspended"),
    closed: move("closed", "stopClock", "hangUp", "failWaiting", "announce", "endWatches"),
  },
  expired: {
    attached: stay("expired"),
    refused: stay("expired"),
    disconnected: stay("expired"),
    deadlinePassed: stay("expired"),
    renewed: move("connecting", "announce", "dial"),
    closed: move("closed", "failWaiting", "announce"),
  },
  closed: {
    attached: stay("closed"),
    refused: stay("closed"),
    disconnected: stay("closed"),
    deadlinePassed: stay("closed"),
    renewed: stay("closed"),
    closed: stay("closed"),
  },
};

/** What an event does to a session in `state`. */
export function sessionTransition(state: SessionState, event: SessionEvent): SessionTransition {
  return table[state][event];
}
