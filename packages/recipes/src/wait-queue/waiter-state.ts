/**
 * One waiter in a queue of contenders or candidates, from its start to the loss of its grant, as a pure state machine.
 * SPEC.md has the table and the invariants.
 *
 * Each request has an id, and its answer returns that id: an answer with an older id is stale. Watch events are distinguished
 * by the name of their znode.
 */
import {
  type Attempt,
  type WaiterEffect,
  type WaiterEvent,
  type WaiterNode,
  type WaiterRules,
  type WaiterState,
  type WaiterStep,
  WHOLE_QUEUE,
} from "./waiter-step.js";

/** Returns the initial state of a waiter. */
export function newWaiterState(rules: WaiterRules): WaiterState {
  return { phase: "idle", requestId: 0, marker: rules.newMarker() };
}

/** Returns the next state and its effects. Total: an event that the phase does not expect leaves the state unchanged. */
export function transition(state: WaiterState, event: WaiterEvent, rules: WaiterRules): WaiterStep {
  switch (event.type) {
    case "start":
      return state.phase === "idle" ? create(state, state.marker) : stay(state);
    case "suspended":
      return suspend(state, rules);
    case "connected":
      return connect(state);
    case "expired":
      return expire(state, rules);
    case "closed":
      return isHolding(state) ? end(state, { type: "revoke", code: "CLOSED" }) : end(state, fail("closed"));
    case "abort":
      return isHolding(state) ? stay(state) : endAndClean(state, fail("aborted"));
    case "release":
      return isHolding(state) ? endAndClean(state, { type: "revoke", code: "RELEASED" }) : stay(state);
    case "changed":
      return change(state, event, rules);
    case "dataChanged":
      return changeData(state, event.name, rules);
    default:
      return event.requestId === state.requestId ? answer(state, event, rules) : lateAnswer(state, event);
  }
}

type Answer = Extract<WaiterEvent, { readonly requestId: number }>;
type Queued = Extract<WaiterState, { readonly isNext: boolean }>;
type Holding = Extract<WaiterState, { readonly phase: "granted" | "suspended" | "verifying" }>;

/** Handles the answer to the last request. */
function answer(state: WaiterState, event: Answer, rules: WaiterRules): WaiterStep {
  switch (state.phase) {
    case "creating":
      return answerToCreate(state, event);
    case "preparing":
      if (event.type === "prepared") return create(state, state.marker);
      // Creating the parents fails with NO_NODE only if the client's chroot does not exist.
      if (event.type === "missing") return endAndClean(state, failWith(new Error("the chroot does not exist")));
      return retry(state, event, prepare);
    case "searching":
      if (event.type === "searched") return findOwn(state, event.children);
      return event.type === "missing" ? prepare(state) : retry(state, event, search);
    case "adopting":
      if (event.type === "examined") {
        return event.isOwn
          ? list(state, { name: state.name, czxid: event.czxid })
          : create(state, rules.newMarker(), { type: "delete", name: state.name });
      }
      if (event.type === "missing") return create(state, rules.newMarker());
      return retry(state, event, (current) => examineFound(current, current.name));
    case "listing":
      if (event.type === "listed") return decidePosition(state, event, rules);
      if (event.type === "missing") return create(state, rules.newMarker());
      return retry(state, event, (current) => list(current, current.node, current.watched));
    case "watching":
      if (event.type === "watched") return stay({ ...state, phase: "waiting" });
      if (event.type === "missing") return takeTurn(state);
      return retry(state, event, (current) => watch(current, current.node, current.watched, current.isNext));
    case "verifying":
      return answerToVerify(state, event);
    default:
      return stay(state);
  }
}

function answerToCreate(state: WaiterState, event: Answer): WaiterStep {
  if (event.type === "created") return list(state, event.node);
  if (event.type === "missing") return prepare(state);
  if (event.type !== "createFailed") return stay(state);
  if (event.failure === "again") return create(state, state.marker);
  if (event.failure === "unknown") return search(state);
  return end(state, failWith(event.error));
}

function answerToVerify(state: Holding, event: Answer): WaiterStep {
  switch (event.type) {
    case "examined":
      return event.isOwn
        ? { state: { ...state, phase: "granted" }, effects: revocationRequest(event) }
        : endAndClean(state, { type: "revoke", code: "GONE" });
    case "missing":
      return endAndClean(state, { type: "revoke", code: "GONE" });
    case "failed":
      return event.failure === "fatal"
        ? endAndClean(state, { type: "revoke", code: "REFUSED", cause: event.error })
        : verify(state, state.node);
    default:
      return stay(state);
  }
}

function revocationRequest({ isRevocationRequested }: { readonly isRevocationRequested: boolean }): WaiterEffect[] {
  return isRevocationRequested ? [{ type: "requestRevocation" }] : [];
}

/** Handles a stale answer. Only a creation needs an action: its znode is deleted. */
function lateAnswer(state: WaiterState, event: Answer): WaiterStep {
  if (event.type === "created") return { state, effects: [{ type: "delete", name: event.node.name }] };
  if (event.type === "createFailed" && event.failure === "unknown") {
    return { state, effects: [{ type: "cleanUp", marker: event.marker }] };
  }
  return stay(state);
}

function suspend(state: WaiterState, rules: WaiterRules): WaiterStep {
  if (isHolding(state)) {
    if (rules.onSuspended === "revoke") return endAndClean(state, { type: "revoke", code: "SUSPENDED" });
    return stay({ ...state, phase: "suspended", requestId: state.requestId + 1 });
  }
  // The answer may already be queued as a promise: a new request id makes it stale, so that it grants nothing.
  if (state.phase === "listing") return list(state, state.node, state.watched);
  // After a reconnection watch events come in any order: that of the predecessor may precede that of the own znode.
  return isQueued(state) ? requireRelist(state) : stay(state);
}

function connect(state: WaiterState): WaiterStep {
  if (state.phase === "suspended") return verify(state, state.node);
  if (state.phase !== "waiting") return stay(state);
  // Read one znode, not the queue: thousands of waiters that each read the whole queue would take quadratic time.
  return state.watched === WHOLE_QUEUE
    ? list(state, state.node, state.watched)
    : watch(state, state.node, state.watched, state.isNext);
}

/** Handles the end of the session, which deletes the znode: a holder loses its grant, a waiter joins the queue again. */
function expire(state: WaiterState, rules: WaiterRules): WaiterStep {
  if (isHolding(state)) return end(state, { type: "revoke", code: "EXPIRED" });
  return state.phase === "idle" || state.phase === "ended" ? stay(state) : create(state, rules.newMarker());
}

function change(
  state: WaiterState,
  { name, sessionStillValid }: { readonly name: string; readonly sessionStillValid: boolean },
  rules: WaiterRules,
): WaiterStep {
  if (name === WHOLE_QUEUE) {
    // The watch can fire before the reply to the read that set it.
    return isQueued(state) || state.phase === "listing" ? list(state, state.node) : stay(state);
  }
  if (state.phase === "waiting" && state.watched === name && sessionStillValid) return takeTurn(state);
  if ("watched" in state && state.watched === name) return list(state, state.node);
  if (!("node" in state) || state.node.name !== name) return stay(state);
  if (isHolding(state)) return endAndClean(state, { type: "revoke", code: "GONE" });
  return create(state, rules.newMarker(), { type: "delete", name });
}

function changeData(state: WaiterState, name: string, rules: WaiterRules): WaiterStep {
  const isRevocationRequest = rules.isRevocable && "node" in state && state.node.name === name;
  // The predecessor still exists, so this must not grant: `sessionStillValid: false` makes the waiter read the queue.
  if (!isRevocationRequest) return change(state, { name, sessionStillValid: false }, rules);
  // The watch on the own znode has fired: it has to be read again at the grant.
  if (isQueued(state)) return requireRelist(state);
  // In all other phases the znode is read later anyway: at the reconnection, or with the grant.
  return state.phase === "granted" || state.phase === "verifying" ? verify(state, state.node) : stay(state);
}

/** Finds the znode after the reply to its creation was lost. */
function findOwn(state: Attempt, children: readonly string[]): WaiterStep {
  const name = children.find((child) => child.startsWith(state.marker));
  return name === undefined ? create(state, state.marker) : examineFound(state, name);
}

/** Handles the list of the queue: grants, or watches the predecessor. */
function decidePosition(
  state: Extract<WaiterState, { phase: "listing" }>,
  { children, nominee = state.node.name }: Extract<WaiterEvent, { readonly type: "listed" }>,
  rules: WaiterRules,
): WaiterStep {
  const { node, watched } = state;
  if (!children.includes(node.name)) return create(state, rules.newMarker());
  // A creation that seemed lost can be applied after the search for it: then two znodes have this marker.
  const duplicates = children.filter((child) => child !== node.name && child.startsWith(state.marker));
  const deletions = duplicates.map((name) => ({ type: "delete" as const, name }));
  const ahead = rules.ahead(children, node.name).filter((child) => !duplicates.includes(child));
  const predecessor = ahead.at(-1);
  const isPassedOver = predecessor === undefined && nominee !== node.name && children.includes(nominee);
  if (isPassedOver) return create(state, rules.newMarker(), ...deletions, { type: "delete", name: node.name });
  const next =
    predecessor === undefined
      ? win(state, node)
      : predecessor === watched
        ? stay({ ...attempt(state), phase: "waiting" as const, node, watched, isNext: false })
        : watch(state, node, predecessor, ahead.length === 1 && predecessor !== WHOLE_QUEUE && !rules.mustRelist);
  return { state: next.state, effects: [...deletions, ...next.effects] };
}

function stay(state: WaiterState): WaiterStep {
  return { state, effects: [] };
}

/** Repeats a failed request, or gives up if the failure is fatal. Ignores other events. */
function retry<S extends WaiterState>(state: S, event: Answer, again: (state: S) => WaiterStep): WaiterStep {
  if (event.type !== "failed") return stay(state);
  return event.failure === "fatal" ? endAndClean(state, failWith(event.error)) : again(state);
}

const attempt = ({ requestId, marker }: Attempt): Attempt => ({ requestId, marker });
const next = ({ requestId, marker }: Attempt): Attempt => ({ requestId: requestId + 1, marker });

function create(state: Attempt, marker: string, ...before: readonly WaiterEffect[]): WaiterStep {
  const requestId = state.requestId + 1;
  return {
    state: { phase: "creating", requestId, marker },
    effects: [...before, { type: "create", requestId, marker }],
  };
}

function prepare(state: Attempt): WaiterStep {
  const to = next(state);
  return { state: { ...to, phase: "preparing" }, effects: [{ type: "prepare", requestId: to.requestId }] };
}

function search(state: Attempt): WaiterStep {
  const to = next(state);
  return { state: { ...to, phase: "searching" }, effects: [{ type: "search", requestId: to.requestId }] };
}

function examineFound(state: Attempt, name: string): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "adopting", name },
    effects: [{ type: "examine", requestId: to.requestId, name, watch: false }],
  };
}

function list(state: Attempt, node: WaiterNode, watched?: string): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "listing", node, watched },
    effects: [{ type: "list", requestId: to.requestId, name: node.name }],
  };
}

function watch(state: Attempt, node: WaiterNode, name: string, isNext: boolean): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "watching", node, watched: name, isNext },
    effects: [{ type: "watch", requestId: to.requestId, name, own: isNext ? node.name : undefined }],
  };
}

/** Handles the deletion of the predecessor. */
function takeTurn(state: Queued): WaiterStep {
  if (!state.isNext) return list(state, state.node);
  return {
    state: { ...next(state), phase: "granted", node: state.node },
    effects: [{ type: "grant", node: state.node }],
  };
}

/** Grants after a read of the queue, which showed the own znode but set no watch on it: sets one. */
function win(state: Attempt, node: WaiterNode): WaiterStep {
  const watched = verify(state, node);
  return { state: watched.state, effects: [{ type: "grant", node }, ...watched.effects] };
}

function verify(state: Attempt, node: WaiterNode): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "verifying", node },
    effects: [{ type: "examine", requestId: to.requestId, name: node.name, watch: true }],
  };
}

/** Makes the waiter read the queue before its grant. */
function requireRelist(state: Queued): WaiterStep {
  return stay(state.isNext ? { ...state, isNext: false } : state);
}

function isQueued(state: WaiterState): state is Queued {
  return state.phase === "watching" || state.phase === "waiting";
}

function isHolding(state: WaiterState): state is Holding {
  return state.phase === "granted" || state.phase === "suspended" || state.phase === "verifying";
}

function fail(cause: "aborted" | "closed"): WaiterEffect {
  return { type: "fail", cause };
}

function failWith(error: unknown): WaiterEffect {
  return { type: "fail", cause: "error", error };
}

/** Ends a waiter that has no znode, or whose znode is deleted with its session. */
function end(state: WaiterState, last: WaiterEffect): WaiterStep {
  if (state.phase === "ended") return stay(state);
  return { state: { ...next(state), phase: "ended" }, effects: [last] };
}

/** Ends a waiter whose session continues: deletes the znode that it has or may have. */
function endAndClean(state: WaiterState, last: WaiterEffect): WaiterStep {
  const { state: to, effects } = end(state, last);
  return { state: to, effects: [...effects, ...cleanUp(state)] };
}

function cleanUp(state: WaiterState): WaiterEffect[] {
  if ("node" in state) {
    const own: WaiterEffect = { type: "delete", name: state.node.name };
    return "watched" in state && state.watched !== undefined ? [own, { type: "unwatch", name: state.watched }] : [own];
  }
  if (state.phase === "adopting") return [{ type: "delete", name: state.name }];
  // In the phase `creating` nothing is deleted here: the late answer to the creation does it.
  return state.phase === "searching" ? [{ type: "cleanUp", marker: state.marker }] : [];
}
