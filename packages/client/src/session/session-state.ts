/*
 * State table of the session. Pure: SPEC.md explains each cell, and session.ts executes the effects in the order given
 * here.
 */

import type { SessionState } from "../api/zookeeper-events.js";

/**
 * Event of a session.
 *
 * - `attached`: a server resumed or created the session.
 * - `refused`: a server reported that the session has expired.
 * - `disconnected`: the connection that served the session ended.
 * - `deadlinePassed`: by the client's own clock the servers may have expired the session.
 * - `renewed`: a new session is to be created after an expiry.
 * - `closed`: the caller closed the client.
 */
export type SessionEvent = "attached" | "refused" | "disconnected" | "deadlinePassed" | "renewed" | "closed";

/**
 * Effect that the shell executes.
 *
 * - `dial`: try servers until one accepts the session, or until `hangUp`.
 * - `hangUp`: end the connection, or the attempts to open one; operations in flight fail with `SESSION_EXPIRED`.
 * - `startClock`, `stopClock`: start and stop the expiry clock.
 * - `resume`: send credentials, watches and waiting operations on the new connection, in this order.
 * - `failWaiting`: reject the operations that wait for a connection.
 * - `forget`: drop the session's id, password and zxid, so that it cannot be resumed.
 * - `announce`: call the listeners of `state`.
 * - `endWatches`: report the end of the session to every watch.
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

/** For events that are too early or too late to have an effect. */
const stay = (state: SessionState): SessionTransition => ({ to: state, effects: [] });

const attach = move("connected", "startClock", "resume", "announce");
const expire = move("expired", "stopClock", "hangUp", "forget", "failWaiting", "announce", "endWatches");

const table: { readonly [S in SessionState]: { readonly [E in SessionEvent]: SessionTransition } } = {
  connecting: {
    attached: attach,
    // Here, a server can only refuse a saved session.
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
    // No `hangUp`: the connection is needed to send `closeSession` (session.ts, `close`).
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

/** Returns the transition for an event in `state`. */
export function sessionTransition(state: SessionState, event: SessionEvent): SessionTransition {
  return table[state][event];
}
