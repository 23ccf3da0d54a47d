/**
 * One candidacy, from its start to the loss of what it won, as a pure machine. SPEC.md has the table and the invariants.
 *
 * A step that asks the ensemble for something carries a turn, and its answer brings the turn back: an answer to an older
 * turn is stale. Watches are told apart by the name of the znode that they stand on.
 */
import type { GrantLostCode } from "../grant-lost-error.js";
import { earlierThan, hasMarker } from "./election-layout.js";

/** Our znode: its name below the election's path. */
export interface CandidateNode {
  readonly name: string;
  readonly czxid: bigint;
}

interface Attempt {
  readonly turn: number;
  /** What the name of our znode starts with, so that it is found again when the reply to its creation is lost. */
  readonly marker: string;
}

export type ElectionState =
  | (Attempt & { readonly phase: "idle" | "creating" | "preparing" | "searching" | "ended" })
  /** A child with our marker was found: is it our session's? */
  | (Attempt & { readonly phase: "adopting"; readonly name: string })
  /** `watched` still has our watch, from before this look. */
  | (Attempt & { readonly phase: "listing"; readonly node: CandidateNode; readonly watched: string | undefined })
  | (Attempt & { readonly phase: "watching" | "waiting"; readonly node: CandidateNode; readonly watched: string })
  | (Attempt & { readonly phase: "confirming"; readonly node: CandidateNode })
  | (Attempt & { readonly phase: "granted" | "doubted" | "verifying"; readonly node: CandidateNode });

export type ElectionPhase = ElectionState["phase"];

/**
 * What a failed step means: `again`, it was not done and may be tried again at once, because that waits for the next
 * connection; `unknown`, the same but it may have been done; `fatal`, trying again at once is no use.
 */
export type Failure = "again" | "unknown" | "fatal";

export type ElectionEvent =
  | { readonly type: "start" }
  | { readonly type: "created"; readonly turn: number; readonly node: CandidateNode }
  | {
      readonly type: "createFailed";
      readonly turn: number;
      readonly marker: string;
      readonly failure: Failure;
      readonly error: unknown;
    }
  | { readonly type: "prepared"; readonly turn: number }
  | { readonly type: "searched" | "listed"; readonly turn: number; readonly children: readonly string[] }
  /** What was read of our own znode; `isOurs`: our session owns it, and nobody changed it. */
  | { readonly type: "examined"; readonly turn: number; readonly isOurs: boolean; readonly czxid: bigint }
  | { readonly type: "watched"; readonly turn: number }
  /** The znode that the step was about is not there. */
  | { readonly type: "missing"; readonly turn: number }
  | { readonly type: "failed"; readonly turn: number; readonly failure: Failure; readonly error: unknown }
  /** A watch saw a change. */
  | { readonly type: "changed"; readonly name: string }
  | { readonly type: "suspended" | "connected" | "expired" | "closed" }
  /** The caller no longer waits; means nothing once elected. */
  | { readonly type: "abort" }
  /** The holder gives the grant back; means nothing before. */
  | { readonly type: "release" };

export type ElectionEffect =
  /** Make our znode. Answers: `created`, `createFailed`, `missing` (the parent). */
  | { readonly type: "create"; readonly turn: number; readonly marker: string }
  /** Make the parents. Answers: `prepared`, `missing`, `failed`. */
  | { readonly type: "prepare"; readonly turn: number }
  /** Catch up with the leader of the ensemble, then list. Answers: `searched`, `missing`, `failed`. */
  | { readonly type: "search"; readonly turn: number }
  /** Answers: `listed`, `missing`, `failed`. */
  | { readonly type: "list"; readonly turn: number }
  /** Read our own znode, leaving a watch or not. Answers: `examined`, `missing`, `failed`. */
  | { readonly type: "examine"; readonly turn: number; readonly name: string; readonly watch: boolean }
  /** Read the predecessor and leave a watch. Answers: `watched`, `missing`, `failed`. */
  | { readonly type: "watch"; readonly turn: number; readonly name: string }
  | { readonly type: "grant"; readonly node: CandidateNode }
  | { readonly type: "revoke"; readonly code: GrantLostCode }
  /** Delete this child, now or as soon as that is possible. */
  | { readonly type: "delete"; readonly name: string }
  /** Find what may have been made under this marker and delete it, now or as soon as that is possible. */
  | { readonly type: "hunt"; readonly marker: string }
  /** The caller stops waiting, with this. */
  | { readonly type: "fail"; readonly cause: "aborted" | "closed" }
  | { readonly type: "fail"; readonly cause: "error"; readonly error: unknown };

/** What the machine is given besides events. */
export interface ElectionRules {
  readonly onSuspended: "revoke" | "keep";
  /** A marker that was never used. */
  readonly newMarker: () => string;
}

/** Where an event leads, and what is to be done, in this order. */
export interface ElectionStep {
  readonly state: ElectionState;
  readonly effects: readonly ElectionEffect[];
}

/** A candidacy that has not started. */
export function newElectionState(rules: ElectionRules): ElectionState {
  return { phase: "idle", turn: 0, marker: rules.newMarker() };
}

/** What follows when `event` meets `state`. Total: what means nothing to a state leaves it as it is. */
export function transition(state: ElectionState, event: ElectionEvent, rules: ElectionRules): ElectionStep {
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
      return change(state, event.name, rules);
    default:
      return event.turn === state.turn ? answer(state, event, rules) : late(state, event);
  }
}

type Answer = Extract<ElectionEvent, { readonly turn: number }>;
type Holding = Extract<ElectionState, { readonly phase: "granted" | "doubted" | "verifying" }>;

/** An answer to the step that the state waits for. */
function answer(state: ElectionState, event: Answer, rules: ElectionRules): ElectionStep {
  switch (state.phase) {
    case "creating":
      return answerToCreate(state, event);
    case "preparing":
      if (event.type === "prepared") return create(state, state.marker);
      // Only a chroot that does not exist makes a parent impossible to make.
      if (event.type === "missing") return endAndClean(state, fail("error", new Error("the chroot does not exist")));
      return retry(state, event, prepare);
    case "searching":
      if (event.type === "searched") return find(state, event.children);
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
      if (event.type === "listed") return queue(state, event.children, rules);
      if (event.type === "missing") return create(state, rules.newMarker());
      return retry(state, event, (current) => list(current, current.node, current.watched));
    case "watching":
      if (event.type === "watched") return stay({ ...state, phase: "waiting" });
      if (event.type === "missing") return list(state, state.node);
      return retry(state, event, (current) => watch(current, current.node, current.watched));
    case "confirming":
      return answerToConfirm(state, event, rules);
    case "verifying":
      return answerToVerify(state, event);
    default:
      return stay(state);
  }
}

function answerToCreate(state: ElectionState, event: Answer): ElectionStep {
  if (event.type === "created") return list(state, event.node);
  if (event.type === "missing") return prepare(state);
  if (event.type !== "createFailed") return stay(state);
  if (event.failure === "again") return create(state, state.marker);
  if (event.failure === "unknown") return search(state);
  return end(state, fail("error", event.error));
}

function answerToConfirm(
  state: Extract<ElectionState, { phase: "confirming" }>,
  event: Answer,
  rules: ElectionRules,
): ElectionStep {
  if (event.type === "missing") return create(state, rules.newMarker());
  if (event.type !== "examined") return retry(state, event, (current) => confirm(current, current.node));
  if (!event.isOurs) return create(state, rules.newMarker(), { type: "delete", name: state.node.name });
  const node = { name: state.node.name, czxid: event.czxid };
  return { state: { ...state, phase: "granted", node }, effects: [{ type: "grant", node }] };
}

function answerToVerify(state: Holding, event: Answer): ElectionStep {
  if (event.type === "examined" && event.isOurs) return stay({ ...state, phase: "granted" });
  if (event.type === "failed" && event.failure !== "fatal") return verify(state);
  const isAnswer = event.type === "examined" || event.type === "missing" || event.type === "failed";
  return isAnswer ? endAndClean(state, { type: "revoke", code: "GONE" }) : stay(state);
}

/** An answer that nobody waits for any more. Only a znode that it made, or may have made, still matters. */
function late(state: ElectionState, event: Answer): ElectionStep {
  if (event.type === "created") return { state, effects: [{ type: "delete", name: event.node.name }] };
  if (event.type === "createFailed" && event.failure === "unknown") {
    return { state, effects: [{ type: "hunt", marker: event.marker }] };
  }
  return stay(state);
}

function suspend(state: ElectionState, rules: ElectionRules): ElectionStep {
  if (isHolding(state)) {
    if (rules.onSuspended === "revoke") return endAndClean(state, { type: "revoke", code: "SUSPENDED" });
    return stay({ ...state, phase: "doubted", turn: state.turn + 1 });
  }
  // The answer may have come in already and be on its way to us: a new turn keeps it from granting now.
  return state.phase === "confirming" ? confirm(state, state.node) : stay(state);
}

function connect(state: ElectionState): ElectionStep {
  if (state.phase === "doubted") return verify(state);
  return state.phase === "waiting" ? list(state, state.node, state.watched) : stay(state);
}

/** The session took our znode with it. Who held something has lost it; who waited stands again, in the next session. */
function expire(state: ElectionState, rules: ElectionRules): ElectionStep {
  if (isHolding(state)) return end(state, { type: "revoke", code: "EXPIRED" });
  return state.phase === "idle" || state.phase === "ended" ? stay(state) : create(state, rules.newMarker());
}

function change(state: ElectionState, name: string, rules: ElectionRules): ElectionStep {
  if ("watched" in state && state.watched === name) return list(state, state.node);
  if (!("node" in state) || state.node.name !== name) return stay(state);
  if (isHolding(state)) return endAndClean(state, { type: "revoke", code: "GONE" });
  return create(state, rules.newMarker(), { type: "delete", name });
}

/** Looks for our znode after the reply to its creation was lost. */
function find(state: Attempt, children: readonly string[]): ElectionStep {
  const name = children.find((child) => hasMarker(child, state.marker));
  return name === undefined ? create(state, state.marker) : examineFound(state, name);
}

/** Our place in the line decides: first, or behind somebody. */
function queue(
  state: Extract<ElectionState, { phase: "listing" }>,
  children: readonly string[],
  rules: ElectionRules,
): ElectionStep {
  const { node, watched } = state;
  if (!children.includes(node.name)) return create(state, rules.newMarker());
  // A creation that was thought lost may be done after we looked for it: then there are two with our marker.
  const twins = children.filter((child) => child !== node.name && hasMarker(child, state.marker));
  const deletions = twins.map((name) => ({ type: "delete" as const, name }));
  const predecessor = earlierThan(children, node.name)
    .filter((child) => !twins.includes(child))
    .at(-1);
  const next =
    predecessor === undefined
      ? confirm(state, node)
      : predecessor === watched
        ? stay({ ...attempt(state), phase: "waiting" as const, node, watched })
        : watch(state, node, predecessor);
  return { state: next.state, effects: [...deletions, ...next.effects] };
}

function stay(state: ElectionState): ElectionStep {
  return { state, effects: [] };
}

/** Does the same step again, or gives up. What does not answer the step changes nothing. */
function retry<S extends ElectionState>(state: S, event: Answer, again: (state: S) => ElectionStep): ElectionStep {
  if (event.type !== "failed") return stay(state);
  return event.failure === "fatal" ? endAndClean(state, fail("error", event.error)) : again(state);
}

const attempt = ({ turn, marker }: Attempt): Attempt => ({ turn, marker });
const next = ({ turn, marker }: Attempt): Attempt => ({ turn: turn + 1, marker });

function create(state: Attempt, marker: string, ...before: readonly ElectionEffect[]): ElectionStep {
  const turn = state.turn + 1;
  return { state: { phase: "creating", turn, marker }, effects: [...before, { type: "create", turn, marker }] };
}

function prepare(state: Attempt): ElectionStep {
  const to = next(state);
  return { state: { ...to, phase: "preparing" }, effects: [{ type: "prepare", turn: to.turn }] };
}

function search(state: Attempt): ElectionStep {
  const to = next(state);
  return { state: { ...to, phase: "searching" }, effects: [{ type: "search", turn: to.turn }] };
}

function examineFound(state: Attempt, name: string): ElectionStep {
  const to = next(state);
  return {
    state: { ...to, phase: "adopting", name },
    effects: [{ type: "examine", turn: to.turn, name, watch: false }],
  };
}

function list(state: Attempt, node: CandidateNode, watched?: string): ElectionStep {
  const to = next(state);
  return { state: { ...to, phase: "listing", node, watched }, effects: [{ type: "list", turn: to.turn }] };
}

function watch(state: Attempt, node: CandidateNode, name: string): ElectionStep {
  const to = next(state);
  return {
    state: { ...to, phase: "watching", node, watched: name },
    effects: [{ type: "watch", turn: to.turn, name }],
  };
}

function confirm(state: Attempt, node: CandidateNode): ElectionStep {
  const to = next(state);
  return {
    state: { ...to, phase: "confirming", node },
    effects: [{ type: "examine", turn: to.turn, name: node.name, watch: true }],
  };
}

function verify(state: Holding): ElectionStep {
  const to = next(state);
  const { node } = state;
  return {
    state: { ...to, phase: "verifying", node },
    effects: [{ type: "examine", turn: to.turn, name: node.name, watch: false }],
  };
}

function isHolding(state: ElectionState): state is Holding {
  return state.phase === "granted" || state.phase === "doubted" || state.phase === "verifying";
}

function fail(cause: "aborted" | "closed"): ElectionEffect;
function fail(cause: "error", error: unknown): ElectionEffect;
function fail(cause: "aborted" | "closed" | "error", error?: unknown): ElectionEffect {
  return cause === "error" ? { type: "fail", cause, error } : { type: "fail", cause };
}

/** The end of a candidacy whose znode the session takes with it, or that has none. */
function end(state: ElectionState, last: ElectionEffect): ElectionStep {
  if (state.phase === "ended") return stay(state);
  return { state: { ...next(state), phase: "ended" }, effects: [last] };
}

/** The end of a candidacy in a session that goes on: what it has, or may have, on the ensemble is removed. */
function endAndClean(state: ElectionState, last: ElectionEffect): ElectionStep {
  const { state: to, effects } = end(state, last);
  return { state: to, effects: [...effects, ...leftovers(state)] };
}

function leftovers(state: ElectionState): ElectionEffect[] {
  if ("node" in state) return [{ type: "delete", name: state.node.name }];
  if (state.phase === "adopting") return [{ type: "delete", name: state.name }];
  // A creation in flight is dealt with when its answer comes, late.
  return state.phase === "searching" ? [{ type: "hunt", marker: state.marker }] : [];
}
