/**
 * A persistent ephemeral znode as a pure state machine. SPEC.md has the table.
 *
 * A step that sends a request carries a turn, and an answer to an older turn is stale.
 */

export type PersistentNodePhase =
  | "idle"
  | "preparing"
  | "creating"
  /** Reading the znode at the path, leaving a watch. */
  | "examining"
  /** The znode exists, and our session owns it. */
  | "present"
  /** The znode at the path belongs to another session: wait until it is deleted. */
  | "blocked"
  | "stopped";

export interface PersistentNodeState {
  readonly phase: PersistentNodePhase;
  readonly turn: number;
  /** Last reported presence. */
  readonly isPresent: boolean;
}

export type PersistentNodeEvent =
  | { readonly type: "start" }
  | { readonly type: "prepared" | "created" | "taken" | "noParent"; readonly turn: number }
  /** Owner of the znode at the path. */
  | { readonly type: "examined"; readonly turn: number; readonly owner: "ours" | "foreign" | "none" }
  /** `again`: repeat it at once; `unknown`: it may have been applied; `fatal`: repeating it at once is useless. */
  | { readonly type: "failed"; readonly turn: number; readonly failure: "again" | "unknown" | "fatal" }
  /** The watch saw a change. */
  | { readonly type: "changed" }
  | { readonly type: "suspended" | "connected" | "expired" | "stop" };

export type PersistentNodeEffect =
  | { readonly type: "create" | "prepare" | "examine"; readonly turn: number }
  /** Create it after a delay. Answers as for `create`. */
  | { readonly type: "createLater"; readonly turn: number }
  | { readonly type: "report"; readonly isPresent: boolean }
  /** Delete the znode if our session owns it; `isWatched`: it does, because a watch on it has not fired. */
  | { readonly type: "remove"; readonly isWatched: boolean };

export interface PersistentNodeStep {
  readonly state: PersistentNodeState;
  readonly effects: readonly PersistentNodeEffect[];
}

export const newPersistentNodeState: PersistentNodeState = { phase: "idle", turn: 0, isPresent: false };

/** Returns the step for `event` in `state`. Total: an event without meaning leaves the state unchanged. */
export function transition(state: PersistentNodeState, event: PersistentNodeEvent): PersistentNodeStep {
  if (state.phase === "stopped") return stay(state);
  if (event.type === "start") return state.phase === "idle" ? ask(state, "creating", "create") : stay(state);
  if (event.type === "stop") return stop(state);
  if (state.phase === "idle") return stay(state);
  if ("turn" in event) return event.turn === state.turn ? answer(state, event) : stay(state);
  switch (event.type) {
    case "expired":
      return withReport(ask(state, "creating", "create"), false);
    // The watch may fire before the reply to the read that left it: that reply is outdated, and no other event follows.
    case "changed":
      return isWatching(state) || state.phase === "examining" ? ask(state, "examining", "examine") : stay(state);
    // No more events arrive, and earlier ones may be outdated: read the znode on the next connection.
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
  event: Extract<PersistentNodeEvent, { readonly turn: number }>,
): PersistentNodeStep {
  switch (event.type) {
    case "prepared":
      return ask(state, "creating", "create");
    case "noParent":
      return ask(state, "preparing", "prepare");
    // Examined in both cases: that read leaves the watch.
    case "created":
    case "taken":
      return ask(state, "examining", "examine");
    case "examined":
      return examined(state, event.owner);
    case "failed":
      return failed(state, event.failure);
  }
}

function examined(state: PersistentNodeState, owner: "ours" | "foreign" | "none"): PersistentNodeStep {
  if (owner === "ours") return withReport({ state: { ...state, phase: "present" }, effects: [] }, true);
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
  const stopped = { state: { ...state, phase: "stopped" as const, turn: state.turn + 1 }, effects: [] };
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
  const turn = state.turn + 1;
  return { state: { ...state, phase, turn }, effects: [{ type, turn }] };
}

/** Reports a change of presence first, so that no other effect acts on the outdated one. */
function withReport({ state, effects }: PersistentNodeStep, isPresent: boolean): PersistentNodeStep {
  if (state.isPresent === isPresent) return { state, effects };
  return { state: { ...state, isPresent }, effects: [{ type: "report", isPresent }, ...effects] };
}
