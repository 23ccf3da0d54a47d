/**
 * A persistent ephemeral znode as a pure state machine. SPEC.md has the table.
 *
 * Each request has an id, and its answer returns that id: an answer with an older id is stale.
 */

export type PersistentNodePhase =
  | "idle"
  | "preparing"
  | "creating"
  /** The znode at the path is being read, which sets a watch. */
  | "examining"
  /** The znode exists, and this session owns it. */
  | "present"
  /** Another session owns the znode at the path: wait until it is deleted. */
  | "blocked"
  | "stopped";

export interface PersistentNodeState {
  readonly phase: PersistentNodePhase;
  /** Id of the last request. */
  readonly requestId: number;
  /** Presence as last reported to listeners. */
  readonly isPresent: boolean;
}

export type PersistentNodeEvent =
  | { readonly type: "start" }
  | { readonly type: "prepared" | "created" | "taken" | "noParent"; readonly requestId: number }
  /** Owner of the znode at the path. */
  | { readonly type: "examined"; readonly requestId: number; readonly owner: "own" | "foreign" | "none" }
  /** `again`: not applied, repeat it at once; `unknown`: may have been applied; `fatal`: an immediate retry would fail too. */
  | { readonly type: "failed"; readonly requestId: number; readonly failure: "again" | "unknown" | "fatal" }
  /** The watch reported a change. */
  | { readonly type: "changed" }
  | { readonly type: "suspended" | "connected" | "expired" | "stop" };

export type PersistentNodeEffect =
  | { readonly type: "create" | "prepare" | "examine"; readonly requestId: number }
  /** Create it after a delay. Answers as for `create`. */
  | { readonly type: "createLater"; readonly requestId: number }
  | { readonly type: "report"; readonly isPresent: boolean }
  /** Delete the znode if this session owns it. `isWatched`: it is known to, because a watch on the znode has not fired. */
  | { readonly type: "remove"; readonly isWatched: boolean };

export interface PersistentNodeStep {
  readonly state: PersistentNodeState;
  readonly effects: readonly PersistentNodeEffect[];
}

export const newPersistentNodeState: PersistentNodeState = { phase: "idle", requestId: 0, isPresent: false };

/** Returns the next state and its effects. Total: an event that the phase does not expect leaves the state unchanged. */
export function transition(state: PersistentNodeState, event: PersistentNodeEvent): PersistentNodeStep {
  if (state.phase === "stopped") return stay(state);
  if (event.type === "start") return state.phase === "idle" ? ask(state, "creating", "create") : stay(state);
  if (event.type === "stop") return stop(state);
  if (state.phase === "idle") return stay(state);
  if ("requestId" in event) return event.requestId === state.requestId ? answer(state, event) : stay(state);
  switch (event.type) {
    case "expired":
      return withReport(ask(state, "creating", "create"), false);
    // The watch may fire before the reply to the read that set it: that reply is outdated, and no further event follows.
    case "changed":
      return isWatching(state) || state.phase === "examining" ? ask(state, "examining", "examine") : stay(state);
    // No watch event arrives without a connection: read the znode again on the next one.
    case "suspended":
      return state.phase === "present" || state.phase === "examining"
        ? ask(state, "examining", "examine")
        : stay(state);
    case "connected":
      return isWatching(state) ? ask(state, "examining", "examine") : stay(state);
  }
}

function isWatching({ phase }: PersistentNodeState): boolean {
  return phase === "present" || phase === "blocked";
}

function answer(
  state: PersistentNodeState,
  event: Extract<PersistentNodeEvent, { readonly requestId: number }>,
): PersistentNodeStep {
  switch (event.type) {
    case "prepared":
      return ask(state, "creating", "create");
    case "noParent":
      return ask(state, "preparing", "prepare");
    // Read the znode in both cases, to set the watch.
    case "created":
    case "taken":
      return ask(state, "examining", "examine");
    case "examined":
      return examined(state, event.owner);
    case "failed":
      return failed(state, event.failure);
  }
}

function examined(state: PersistentNodeState, owner: "own" | "foreign" | "none"): PersistentNodeStep {
  if (owner === "own") return withReport({ state: { ...state, phase: "present" }, effects: [] }, true);
  if (owner === "foreign") return withReport({ state: { ...state, phase: "blocked" }, effects: [] }, false);
  return withReport(ask(state, "creating", "create"), false);
}

function failed(state: PersistentNodeState, failure: "again" | "unknown" | "fatal"): PersistentNodeStep {
  if (failure === "fatal") return withReport(ask(state, "creating", "createLater"), false);
  if (state.phase === "creating" && failure === "again") return ask(state, "creating", "create");
  if (state.phase === "preparing") return ask(state, "preparing", "prepare");
  return ask(state, "examining", "examine");
}

function stop(state: PersistentNodeState): PersistentNodeStep {
  const stopped = { state: { ...state, phase: "stopped" as const, requestId: state.requestId + 1 }, effects: [] };
  const reported = withReport(stopped, false);
  return state.phase === "idle"
    ? reported
    : { ...reported, effects: [...reported.effects, { type: "remove", isWatched: state.phase === "present" }] };
}

function stay(state: PersistentNodeState): PersistentNodeStep {
  return { state, effects: [] };
}

function ask(
  state: PersistentNodeState,
  phase: PersistentNodePhase,
  type: "create" | "prepare" | "examine" | "createLater",
): PersistentNodeStep {
  const requestId = state.requestId + 1;
  return { state: { ...state, phase, requestId }, effects: [{ type, requestId }] };
}

/** Puts a report of a changed presence before the other effects. */
function withReport({ state, effects }: PersistentNodeStep, isPresent: boolean): PersistentNodeStep {
  if (state.isPresent === isPresent) return { state, effects };
  return { state: { ...state, isPresent }, effects: [{ type: "report", isPresent }, ...effects] };
}
