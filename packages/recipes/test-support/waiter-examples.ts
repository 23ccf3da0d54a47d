import { waiterOrder } from "../src/wait-queue/waiter-order.js";
import type {
  WaiterEffect,
  WaiterEvent,
  WaiterNode,
  WaiterPhase,
  WaiterRules,
  WaiterState,
} from "../src/wait-queue/waiter-step.js";

/** Marker of the waiter. */
export const marker = "_c_own-";
/** Names of znodes in the queue: the waiter's own, its predecessor, the first one and a later one. */
export const own = "_c_own-latch-0000000005";
export const predecessor = "_c_other-latch-0000000004";
export const first = "_c_far-latch-0000000001";
export const after = "_c_late-latch-0000000009";
/** Znode of the waiter. */
export const node: WaiterNode = { name: own, czxid: 50n };
/** Request id of all states and answers. */
export const requestId = 7;
const error = new Error("refused");

/** Returns rules of a queue in the order of creation; each new marker is `_c_new-`. */
export const rules = (onSuspended: "revoke" | "keep" = "keep", isRevocable = false): WaiterRules => ({
  onSuspended,
  newMarker: () => "_c_new-",
  ahead: waiterOrder("latch-").earlierThan,
  isRevocable,
  mustRelist: false,
});

/** A state of each phase, with one predecessor where the phase has one. */
export const states: Record<WaiterPhase, WaiterState> = {
  idle: { phase: "idle", requestId, marker },
  creating: { phase: "creating", requestId, marker },
  preparing: { phase: "preparing", requestId, marker },
  searching: { phase: "searching", requestId, marker },
  adopting: { phase: "adopting", requestId, marker, name: own },
  listing: { phase: "listing", requestId, marker, node, watched: undefined },
  watching: { phase: "watching", requestId, marker, node, watched: predecessor, isNext: false },
  waiting: { phase: "waiting", requestId, marker, node, watched: predecessor, isNext: false },
  granted: { phase: "granted", requestId, marker, node },
  suspended: { phase: "suspended", requestId, marker, node },
  verifying: { phase: "verifying", requestId, marker, node },
  ended: { phase: "ended", requestId, marker },
};

/** Every event of the state machine, in each variant with a different transition. */
export const events = {
  start: { type: "start" },
  created: { type: "created", requestId, node },
  createAgain: { type: "createFailed", requestId, marker, failure: "again", error },
  createUnknown: { type: "createFailed", requestId, marker, failure: "unknown", error },
  createFatal: { type: "createFailed", requestId, marker, failure: "fatal", error },
  prepared: { type: "prepared", requestId },
  searchedFound: { type: "searched", requestId, children: [predecessor, own] },
  searchedNone: { type: "searched", requestId, children: [predecessor] },
  listedFirst: { type: "listed", requestId, children: [after, own], nominee: undefined },
  listedSecond: { type: "listed", requestId, children: [after, own, predecessor, first], nominee: undefined },
  listedMissing: { type: "listed", requestId, children: [after, predecessor], nominee: undefined },
  examinedOwn: { type: "examined", requestId, isOwn: true, czxid: 50n, isRevocationRequested: false },
  examinedForeign: { type: "examined", requestId, isOwn: false, czxid: 50n, isRevocationRequested: false },
  watched: { type: "watched", requestId },
  missing: { type: "missing", requestId },
  failedAgain: { type: "failed", requestId, failure: "again", error },
  failedFatal: { type: "failed", requestId, failure: "fatal", error },
  listedPassedOver: { type: "listed", requestId, children: [after, own], nominee: after },
  ownDeleted: { type: "changed", name: own, sessionStillValid: true },
  ownDataChanged: { type: "dataChanged", name: own },
  predecessorDeleted: { type: "changed", name: predecessor, sessionStillValid: true },
  predecessorDataChanged: { type: "dataChanged", name: predecessor },
  suspended: { type: "suspended" },
  connected: { type: "connected" },
  expired: { type: "expired" },
  closed: { type: "closed" },
  abort: { type: "abort" },
  release: { type: "release" },
} as const satisfies Record<string, WaiterEvent>;
/** Names of the events. */
export type EventName = keyof typeof events;

const names: Readonly<Record<string, string>> = { [own]: "own", [predecessor]: "predecessor", [first]: "first" };

/** Returns the effect as text, with the znodes named as in this file. */
export function describeEffect(effect: WaiterEffect): string {
  switch (effect.type) {
    case "create":
      return effect.marker === marker ? "create" : "create new";
    case "examine":
      return `examine ${names[effect.name]}${effect.watch ? " with watch" : ""}`;
    case "watch":
      return `watch ${effect.own === undefined ? "" : `${names[effect.own]} and `}${names[effect.name]}`;
    case "unwatch":
    case "delete":
      return `${effect.type} ${names[effect.name]}`;
    case "revoke":
      return `revoke ${effect.code}`;
    case "fail":
      return `fail ${effect.cause === "error" ? (effect.error as Error).message : effect.cause}`;
    default:
      return effect.type;
  }
}
