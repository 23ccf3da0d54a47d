/**
 * One waiter in a queue of contenders or candidates, from its start to the loss of its grant, as a pure state machine.
 * SPEC.md has the table and the invariants.
 *
 * A step that sends a request carries a turn, and its answer returns the turn: an answer to an older turn is stale. Watches
 * are told apart by the name of their znode.
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

/** Initial state of a waiter. */
export function newWaiterState(rules: WaiterRules): WaiterState {
  return { phase: "idle", turn: 0, marker: rules.newMarker() };
}

/** Returns the step for `event` in `state`. Total: an event without meaning leaves the state unchanged. */
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
      return event.turn === state.turn ? answer(state, event, rules) : lateAnswer(state, event);
  }
}

type Answer = Extract<WaiterEvent, { readonly turn: number }>;
type Queued = Extract<WaiterState, { readonly isNext: boolean }>;
type Holding = Extract<WaiterState, { readonly phase: "granted" | "suspended" | "verifying" }>;

/** An answer to the step that the state waits for. */
function answer(state: WaiterState, event: Answer, rules: WaiterRules): WaiterStep {
  switch (state.phase) {
    case "creating":
      return answerToCreate(state, event);
    case "preparing":
      if (event.type === "prepared") return create(state, state.marker);
      // Only a chroot that does not exist makes a parent impossible to make.
      if (event.type === "missing") return endAndClean(state, fail("error", new Error("the chroot does not exist")));
      return retry(state, event, prepare);
    case "searching":
      if (event.type === "searched") return findOwn(state, event.children);
      return event.type === "missing" ? prepare(state) : retry(state, event, search);
    case "adopting":
      if (event.type === "examined") {
        return event.isOurs
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
  return end(state, fail("error", event.error));
}

function answerToVerify(state: Holding, event: Answer): WaiterStep {
  if (event.type === "examined" && event.isOurs) {
    return { state: { ...state, phase: "granted" }, effects: revocationRequest(event) };
  }
  if (event.type === "failed") {
    return event.failure === "fatal"
      ? endAndClean(state, { type: "revoke", code: "REFUSED", cause: event.error })
      : verify(state);
  }
  const isGone = event.type === "examined" || event.type === "missing";
  return isGone ? endAndClean(state, { type: "revoke", code: "GONE" }) : stay(state);
}

function revocationRequest({ isRevocationRequested }: { readonly isRevocationRequested: boolean }): WaiterEffect[] {
  return isRevocationRequested ? [{ type: "requestRevocation" }] : [];
}

/** Handles a stale answer. It matters only if it created a znode, or may have. */
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
    return stay({ ...state, phase: "suspended", turn: state.turn + 1 });
  }
  // The answer may have come in already and be on its way to us: a new turn keeps it from granting now.
  if (state.phase === "listing") return list(state, state.node, state.watched);
  // Watch events on the next connection come in no order: the predecessor's may come before ours.
  return isQueued(state) ? requireRelist(state) : stay(state);
}

function connect(state: WaiterState): WaiterStep {
  if (state.phase === "suspended") return verify(state);
  if (state.phase !== "waiting") return stay(state);
  // Reads one znode: with thousands of waiters on one connection, each look at the queue would be as long as the queue.
  return state.watched === WHOLE_QUEUE
    ? list(state, state.node, state.watched)
    : watch(state, state.node, state.watched, state.isNext);
}

/** The session's end deleted our znode. A holder has lost its grant; a waiter queues again in the next session. */
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
    // The look that left the watch may be pending: so in every phase that depends on it.
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
  // A znode whose data changed still exists, so no turn follows from this.
  if (!isRevocationRequest) return change(state, { name, sessionStillValid: false }, rules);
  // Its watch is used up; the grant brings a look at it.
  if (isQueued(state)) return requireRelist(state);
  // Without a connection the next one brings a look at it, and before the grant that does.
  return state.phase === "granted" || state.phase === "verifying" ? verify(state) : stay(state);
}

/** Looks for our znode after the reply to its creation was lost. */
function findOwn(state: Attempt, children: readonly string[]): WaiterStep {
  const name = children.find((child) => child.startsWith(state.marker));
  return name === undefined ? create(state, state.marker) : examineFound(state, name);
}

/** Decides by our place in the queue: first, or after a predecessor. */
function decidePosition(
  state: Extract<WaiterState, { phase: "listing" }>,
  { children, nominee = state.node.name }: Extract<WaiterEvent, { readonly type: "listed" }>,
  rules: WaiterRules,
): WaiterStep {
  const { node, watched } = state;
  if (!children.includes(node.name)) return create(state, rules.newMarker());
  // A creation that was thought lost may be done after we looked for it: then there are two with our marker.
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

/** Repeats the step, or gives up. An event that does not answer the step changes nothing. */
function retry<S extends WaiterState>(state: S, event: Answer, again: (state: S) => WaiterStep): WaiterStep {
  if (event.type !== "failed") return stay(state);
  return event.failure === "fatal" ? endAndClean(state, fail("error", event.error)) : again(state);
}

const attempt = ({ turn, marker }: Attempt): Attempt => ({ turn, marker });
const next = ({ turn, marker }: Attempt): Attempt => ({ turn: turn + 1, marker });

function create(state: Attempt, marker: string, ...before: readonly WaiterEffect[]): WaiterStep {
  const turn = state.turn + 1;
  return { state: { phase: "creating", turn, marker }, effects: [...before, { type: "create", turn, marker }] };
}

function prepare(state: Attempt): WaiterStep {
  const to = next(state);
  return { state: { ...to, phase: "preparing" }, effects: [{ type: "prepare", turn: to.turn }] };
}

function search(state: Attempt): WaiterStep {
  const to = next(state);
  return { state: { ...to, phase: "searching" }, effects: [{ type: "search", turn: to.turn }] };
}

function examineFound(state: Attempt, name: string): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "adopting", name },
    effects: [{ type: "examine", turn: to.turn, name, watch: false }],
  };
}

function list(state: Attempt, node: WaiterNode, watched?: string): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "listing", node, watched },
    effects: [{ type: "list", turn: to.turn, name: node.name }],
  };
}

function watch(state: Attempt, node: WaiterNode, name: string, isNext: boolean): WaiterStep {
  const to = next(state);
  return {
    state: { ...to, phase: "watching", node, watched: name, isNext },
    effects: [{ type: "watch", turn: to.turn, name, own: isNext ? node.name : undefined }],
  };
}

/** Handles the end of the predecessor. */
function takeTurn(state: Queued): WaiterStep {
  if (!state.isNext) return list(state, state.node);
  return {
    state: { ...next(state), phase: "granted", node: state.node },
    effects: [{ type: "grant", node: state.node }],
  };
}

/** Our znode existed at the look at the queue; from now on it is watched. */
function win(state: Attempt, node: WaiterNode): WaiterStep {
  const watched = verify({ ...attempt(state), phase: "granted", node });
  return { state: watched.state, effects: [{ type: "grant", node }, ...watched.effects] };
}

function verify(state: Holding): WaiterStep {
  const to = next(state);
  const { node } = state;
  return {
    state: { ...to, phase: "verifying", node },
    effects: [{ type: "examine", turn: to.turn, name: node.name, watch: true }],
  };
}

/** From now on only a look at the queue shows the turn. */
function requireRelist(state: Queued): WaiterStep {
  return stay(state.isNext ? { ...state, isNext: false } : state);
}

function isQueued(state: WaiterState): state is Queued {
  return state.phase === "watching" || state.phase === "waiting";
}

function isHolding(state: WaiterState): state is Holding {
  return state.phase === "granted" || state.phase === "suspended" || state.phase === "verifying";
}

function fail(cause: "aborted" | "closed"): WaiterEffect;
function fail(cause: "error", error: unknown): WaiterEffect;
function fail(cause: "aborted" | "closed" | "error", error?: unknown): WaiterEffect {
  return cause === "error" ? { type: "fail", cause, error } : { type: "fail", cause };
}

/** Ends a waiter without a znode, or with one that its session deletes. */
function end(state: WaiterState, last: WaiterEffect): WaiterStep {
  if (state.phase === "ended") return stay(state);
  return { state: { ...next(state), phase: "ended" }, effects: [last] };
}

/** Ends a waiter in a session that continues: its znode, or possible znode, is deleted. */
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
  // A creation in flight is dealt with when its answer comes, late.
  return state.phase === "searching" ? [{ type: "cleanUp", marker: state.marker }] : [];
}
