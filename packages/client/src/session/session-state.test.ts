import { describe, expect, it } from "vitest";
import {
  type SessionEffect,
  type SessionEvent,
  type SessionPhase,
  sessionTransition,
  stateOf,
} from "./session-state.js";

type Cell = "-" | readonly [to: SessionPhase, ...effects: SessionEffect[]];

const ATTACH = ["connected", "startClock", "resume", "announce"] as const;
const SUSPEND = ["suspended", "announce", "dial"] as const;
const EXPIRE = ["expired", "stopClock", "hangUp", "forget", "failWaiting", "announce", "endWatches"] as const;
const CLOSE = ["closing", "stopClock", "failWaiting", "announce", "endWatches", "release", "sendGoodbye"] as const;
const DETACH = ["closing", "stopClock", "failWaiting", "announce", "endWatches", "release", "sendSync"] as const;
const CLOSE_CONNECTING = ["closed", "hangUp", "failWaiting", "announce", "endWatches", "release", "finish"] as const;
const CLOSE_SUSPENDED = [
  "closed",
  "stopClock",
  "hangUp",
  "failWaiting",
  "announce",
  "endWatches",
  "release",
  "finish",
] as const;
const CLOSE_EXPIRED = ["closed", "failWaiting", "announce", "release", "finish"] as const;

/** SPEC.md's table. Total by type: a new phase or event does not compile until it is listed here. */
const TABLE: { readonly [P in SessionPhase]: { readonly [E in SessionEvent]: Cell } } = {
  connecting: {
    attached: ATTACH,
    refused: ["expired", "hangUp", "forget", "failWaiting", "announce", "endWatches"],
    disconnected: "-",
    deadlinePassed: "-",
    renewed: "-",
    relocated: "-",
    lastAnswered: "-",
    closed: CLOSE_CONNECTING,
    detached: CLOSE_CONNECTING,
  },
  connected: {
    attached: "-",
    refused: "-",
    disconnected: SUSPEND,
    deadlinePassed: EXPIRE,
    renewed: "-",
    relocated: ["moving", "sendSync"],
    lastAnswered: "-",
    closed: CLOSE,
    detached: DETACH,
  },
  moving: {
    attached: "-",
    refused: "-",
    disconnected: SUSPEND,
    deadlinePassed: EXPIRE,
    renewed: "-",
    relocated: "-",
    lastAnswered: ["moving", "leaveServer"],
    closed: CLOSE,
    detached: DETACH,
  },
  suspended: {
    attached: ATTACH,
    refused: EXPIRE,
    disconnected: "-",
    deadlinePassed: EXPIRE,
    renewed: "-",
    relocated: "-",
    lastAnswered: "-",
    closed: CLOSE_SUSPENDED,
    detached: CLOSE_SUSPENDED,
  },
  expired: {
    attached: "-",
    refused: "-",
    disconnected: "-",
    deadlinePassed: "-",
    renewed: ["connecting", "announce", "dial"],
    relocated: "-",
    lastAnswered: "-",
    closed: CLOSE_EXPIRED,
    detached: CLOSE_EXPIRED,
  },
  closing: {
    attached: "-",
    refused: "-",
    disconnected: "-",
    deadlinePassed: "-",
    renewed: "-",
    relocated: "-",
    lastAnswered: ["closed", "hangUp", "finish"],
    closed: "-",
    detached: "-",
  },
  closed: {
    attached: "-",
    refused: "-",
    disconnected: "-",
    deadlinePassed: "-",
    renewed: "-",
    relocated: "-",
    lastAnswered: "-",
    closed: "-",
    detached: "-",
  },
};

const cells = (Object.keys(TABLE) as SessionPhase[]).flatMap((phase) =>
  (Object.keys(TABLE[phase]) as SessionEvent[]).map((event) => ({ phase, event, cell: TABLE[phase][event] })),
);
const moves = cells
  .filter(({ cell }) => cell !== "-")
  .map(({ phase, event }) => ({ from: phase, event, ...sessionTransition(phase, event) }));
const hasSession = (phase: SessionPhase): boolean => ["connected", "moving", "suspended"].includes(phase);

describe("the session's table", () => {
  it.each(cells)("$phase, $event", ({ phase, event, cell }) => {
    const [to, ...effects] = cell === "-" ? [phase] : cell;
    expect(sessionTransition(phase, event)).toEqual({ to, effects });
  });

  it("announces each new state that callers see, once", () => {
    for (const { from, to, effects } of moves) {
      const announced = effects.filter((effect) => effect === "announce").length;
      expect(announced).toBe(stateOf(from) === stateOf(to) ? 0 : 1);
    }
  });

  it("forgets the session at an expiry, so that nothing can resume it", () => {
    for (const { effects } of moves.filter(({ to }) => to === "expired")) {
      expect(effects).toContain("forget");
      expect(effects.indexOf("hangUp")).toBeLessThan(effects.indexOf("announce"));
    }
  });

  it("fails waiting operations at an expiry and when the client is closed", () => {
    for (const { from, to, effects } of moves) {
      const ends = to === "expired" || (stateOf(to) === "closed" && stateOf(from) !== "closed");
      expect(effects.includes("failWaiting")).toBe(ends);
    }
  });

  it("fails waiting operations before listeners can submit more", () => {
    for (const { effects } of moves.filter(({ effects }) => effects.includes("failWaiting"))) {
      expect(effects.indexOf("failWaiting")).toBeLessThan(effects.indexOf("announce"));
    }
  });

  it("runs the clock exactly while there is a session", () => {
    for (const { from, to, effects } of moves) {
      expect(effects.includes("stopClock")).toBe(hasSession(from) && !hasSession(to));
      expect(effects.includes("startClock")).toBe(to === "connected");
    }
  });

  it("sends a last request on the connection before it leaves a server or closes, and finishes once", () => {
    for (const { to, effects } of moves) {
      const isLast = effects.includes("sendSync") || effects.includes("sendGoodbye");
      expect(isLast).toBe(to === "closing" || (to === "moving" && !effects.includes("leaveServer")));
      expect(effects.includes("finish")).toBe(to === "closed");
    }
  });
});
