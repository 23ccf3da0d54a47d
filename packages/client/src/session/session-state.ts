/*
 * State table of the session. Pure: SPEC.md explains each cell, and session.ts executes the effects in the order given
 * here.
 */

import type { SessionState } from "../api/zookeeper-events.js";

/**
 * Phase of a session. Callers see it as the {@link SessionState} of the same name, `moving` as `connected` and `closing`
 * as `closed`.
 *
 * - `moving`: connected, but about to leave for another server; operations wait.
 * - `closing`: closed, but the last request on the connection is not answered yet.
 */
export type SessionPhase = SessionState | "moving" | "closing";

/**
 * Event of a session.
 *
 * - `attached`: a server resumed or created the session.
 * - `refused`: a server reported that the session has expired.
 * - `disconnected`: the connection that served the session ended.
 * - `deadlinePassed`: by the client's own clock the servers may have expired the session.
 * - `renewed`: a new session is to be created after an expiry.
 * - `relocated`: the list of servers has changed, and the session is to move to another one.
 * - `lastAnswered`: the last request on the connection was answered, or no answer will come.
 * - `closed`: the caller closed the client.
 * - `detached`: the caller closed the client and keeps the session.
 */
export type SessionEvent =
  | "attached"
  | "refused"
  | "disconnected"
  | "deadlinePassed"
  | "renewed"
  | "relocated"
  | "lastAnswered"
  | "closed"
  | "detached";

/**
 * Effect that the shell executes.
 *
 * - `dial`: try servers until one accepts the session, or until `hangUp`.
 * - `hangUp`: end the connection, or the attempts to open one; operations in flight fail with `SESSION_EXPIRED` or
 *   `CLOSED`.
 * - `startClock`, `stopClock`: start and stop the expiry clock.
 * - `resume`: send credentials, watches and waiting operations on the new connection, in this order.
 * - `failWaiting`: reject the operations that wait for a connection.
 * - `forget`: drop the session's id, password and zxid, so that it cannot be resumed.
 * - `announce`: call the listeners of `state`.
 * - `endWatches`: report the end of the session to every watch.
 * - `sendSync`, `sendGoodbye`: send `sync` or `closeSession` as the last request on the connection; `lastAnswered`
 *   follows.
 * - `leaveServer`: end the connection; `disconnected` follows.
 * - `release`: reject credentials that no server has accepted, and end the read-only link.
 * - `finish`: resolve the promise of `close`.
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
  | "endWatches"
  | "sendSync"
  | "sendGoodbye"
  | "leaveServer"
  | "release"
  | "finish";

export interface SessionTransition {
  readonly to: SessionPhase;
  readonly effects: readonly SessionEffect[];
}

const move = (to: SessionPhase, ...effects: SessionEffect[]): SessionTransition => ({ to, effects });

/** For events that are too early or too late to have an effect. */
const stay = (phase: SessionPhase): SessionTransition => ({ to: phase, effects: [] });

const attach = move("connected", "startClock", "resume", "announce");
const suspend = move("suspended", "announce", "dial");
const expire = move("expired", "stopClock", "hangUp", "forget", "failWaiting", "announce", "endWatches");
// No `hangUp` yet: the connection is needed for the last request.
const close = move("closing", "stopClock", "failWaiting", "announce", "endWatches", "release", "sendGoodbye");
const detach = move("closing", "stopClock", "failWaiting", "announce", "endWatches", "release", "sendSync");

const closeConnecting = move("closed", "hangUp", "failWaiting", "announce", "endWatches", "release", "finish");
const closeSuspended = move(
  "closed",
  "stopClock",
  "hangUp",
  "failWaiting",
  "announce",
  "endWatches",
  "release",
  "finish",
);
const closeExpired = move("closed", "failWaiting", "announce", "release", "finish");

const table: { readonly [P in SessionPhase]: { readonly [E in SessionEvent]: SessionTransition } } = {
  connecting: {
    attached: attach,
    // Here, a server can only refuse a saved session.
    refused: move("expired", "hangUp", "forget", "failWaiting", "announce", "endWatches"),
    disconnected: stay("connecting"),
    deadlinePassed: stay("connecting"),
    renewed: stay("connecting"),
    relocated: stay("connecting"),
    lastAnswered: stay("connecting"),
    closed: closeConnecting,
    detached: closeConnecting,
  },
  connected: {
    attached: stay("connected"),
    refused: stay("connected"),
    disconnected: suspend,
    deadlinePassed: expire,
    renewed: stay("connected"),
    relocated: move("moving", "sendSync"),
    lastAnswered: stay("connected"),
    closed: close,
    detached: detach,
  },
  moving: {
    attached: stay("moving"),
    refused: stay("moving"),
    disconnected: suspend,
    deadlinePassed: expire,
    renewed: stay("moving"),
    relocated: stay("moving"),
    lastAnswered: move("moving", "leaveServer"),
    closed: close,
    detached: detach,
  },
  suspended: {
    attached: attach,
    refused: expire,
    disconnected: stay("suspended"),
    deadlinePassed: expire,
    renewed: stay("suspended"),
    relocated: stay("suspended"),
    lastAnswered: stay("suspended"),
    closed: closeSuspended,
    detached: closeSuspended,
  },
  expired: {
    attached: stay("expired"),
    refused: stay("expired"),
    disconnected: stay("expired"),
    deadlinePassed: stay("expired"),
    renewed: move("connecting", "announce", "dial"),
    relocated: stay("expired"),
    lastAnswered: stay("expired"),
    closed: closeExpired,
    detached: closeExpired,
  },
  closing: {
    attached: stay("closing"),
    refused: stay("closing"),
    disconnected: stay("closing"),
    deadlinePassed: stay("closing"),
    renewed: stay("closing"),
    relocated: stay("closing"),
    lastAnswered: move("closed", "hangUp", "finish"),
    closed: stay("closing"),
    detached: stay("closing"),
  },
  closed: {
    attached: stay("closed"),
    refused: stay("closed"),
    disconnected: stay("closed"),
    deadlinePassed: stay("closed"),
    renewed: stay("closed"),
    relocated: stay("closed"),
    lastAnswered: stay("closed"),
    closed: stay("closed"),
    detached: stay("closed"),
  },
};

/** Returns the transition for an event in `phase`. */
export function sessionTransition(phase: SessionPhase, event: SessionEvent): SessionTransition {
  return table[phase][event];
}

/** Returns the state that callers see in `phase`. */
export function stateOf(phase: SessionPhase): SessionState {
  if (phase === "moving") return "connected";
  return phase === "closing" ? "closed" : phase;
}
