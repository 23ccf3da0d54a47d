import { waiterOrder } from "../src/wait-queue/waiter-order.js";
import type {
  WaiterEffect,
  WaiterEvent,
  WaiterNode,
  WaiterPhase,
  WaiterRules,
  WaiterState,
} from "../src/wait-queue/waiter-step.js";

/** Start of the name of the waiter's znode. */
export const marker = "_c_own-";
/** Names of znodes in the queue: the waiter's own, its predecessor, an earlier one and a later one. */
export const own = "_c_own-latch-0000000005";
export const before = "_c_other-latch-0000000004";
export const far = "_c_far-latch-0000000001";
export const after = "_c_late-latch-0000000009";
/** Znode of the waiter. */
export const node: WaiterNode = { name: own, czxid: 50n };
/** Turn of all states and answers. */
export const turn = 7;
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
  idle: { phase: "idle", turn, marker },
  creating: { phase: "creating", turn, marker },
  preparing: { phase: "preparing", turn, marker },
  searching: { phase: "searching", turn, marker },
  adopting: { phase: "adopting", turn, marker, name: own },
  listing: { phase: "listing", turn, marker, node, watched: undefined },
  watching: { phase: "watching", turn, marker, node, watched: before, isNext: false },
  waiting: { phase: "waiting", turn, marker, node, watched: before, isNext: false },
  granted: { phase: "granted", turn, marker, node },
  suspended: { phase: "suspended", turn, marker, node },
  verifying: { phase: "verifying", turn, marker, node },
  ended: { phase: "ended", turn, marker },
};

/** Every event of the machine, and each of its variants that may lead elsewhere. */
export const events = {
  start: { type: "start" },
  created: { type: "created", turn, node },
  createAgain: { type: "createFailed", turn, marker, failure: "again", error },
  createUnknown: { type: "createFailed", turn, marker, failure: "unknown", error },
  createFatal: { type: "createFailed", turn, marker, failure: "fatal", error },
  prepared: { type: "prepared", turn },
  searchedFound: { type: "searched", turn, children: [before, own] },
  searchedNone: { type: "searched", turn, children: [before] },
  listedFirst: { type: "listed", turn, children: [after, own], nominee: undefined },
  listedBehind: { type: "listed", turn, children: [after, own, before, far], nominee: undefined },
  listedWithout: { type: "listed", turn, children: [after, before], nominee: undefined },
  examinedOurs: { type: "examined", turn, isOurs: true, czxid: 50n, isRevocationRequested: false },
  examinedForeign: { type: "examined", turn, isOurs: false, czxid: 50n, isRevocationRequested: false },
  watched: { type: "watched", turn },
  missing: { type: "missing", turn },
  failedAgain: { type: "failed", turn, failure: "again", error },
  failedFatal: { type: "failed", turn, failure: "fatal", error },
  listedPassedOver: { type: "listed", turn, children: [after, own], nominee: after },
  ownChanged: { type: "changed", name: own, sessionStillValid: true },
  ownTouched: { type: "dataChanged", name: own },
  predecessorChanged: { type: "changed", name: before, sessionStillValid: true },
  predecessorTouched: { type: "dataChanged", name: before },
  suspended: { type: "suspended" },
  connected: { type: "connected" },
  expired: { type: "expired" },
  closed: { type: "closed" },
  abort: { type: "abort" },
  release: { type: "release" },
} as const satisfies Record<string, WaiterEvent>;
/** Names of the events. */
export type Stimulus = keyof typeof events;

const names: Readonly<Record<string, string>> = { [own]: "own", [before]: "before", [far]: "far" };

/** Returns the effect in words, with the names of znodes as here. */
export function words(effect: WaiterEffect): string {
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
