import { describe, expect, it } from "vitest";
import type { SessionState } from "../api/zookeeper-events.js";
import { type SessionEffect, type SessionEvent, sessionTransition } from "./session-state.js";

type Cell = "-" | readonly [to: SessionState, ...effects: SessionEffect[]];

const ATTACH = ["connected", "startClock", "resume", "announce"] as const;
const EXPIRE = ["expired", "stopClock", "hangUp", "forget", "failWaiting", "announce", "endWatches"] as const;

/** SPEC.md's table. Total by type: a new state or event does not compile until it is listed here. */
const TABLE: { readonly [S in SessionState]: { readonly [E in SessionEvent]: Cell } } = {
  connecting: {
    attached: ATTACH,
    refused: ["expired", "hangUp", "forget", "failWaiting", "announce", "endWatches"],
    disconnected: "-",
    deadlinePassed: "-",
    renewed: "-",
    closed: ["closed", "hangUp", "failWaiting", "announce", "endWatches"],
  },
  connected: {
    attached: "-",
    refused: "-",
    disconnected: ["suspended", "announce", "dial"],
    deadlinePassed: EXPIRE,
    renewed: "-",
    closed: ["closed", "stopClock", "failWaiting", "announce", "endWatches"],
  },
  suspended: {
    attached: ATTACH,
    refused: EXPIRE,
    disconnected: "-",
    deadlinePassed: EXPIRE,
    renewed: "-",
    closed: ["closed", "stopClock", "hangUp", "failWaiting", "announce", "endWatches"],
  },
  expired: {
    attached: "-",
    refused: "-",
    disconnected: "-",
    deadlinePassed: "-",
    renewed: ["connecting", "announce", "dial"],
    closed: ["closed", "failWaiting", "announce"],
  },
  closed: { attached: "-", refused: "-", disconnected: "-", deadlinePassed: "-", renewed: "-", closed: "-" },
};

const cells = (Object.keys(TABLE) as SessionState[]).flatMap((state) =>
  (Object.keys(TABLE[state]) as SessionEvent[]).map((event) => ({ state, event, cell: TABLE[state][event] })),
);
const moves = cells
  .filter(({ cell }) => cell !== "-")
  .map(({ state, event }) => ({ from: state, ...sessionTransition(state, event) }));

describe("the session's table", () => {
  it.each(cells)("$state, $event", ({ state, event, cell }) => {
    const [to, ...effects] = cell === "-" ? [state] : cell;
    expect(sessionTransition(state, event)).toEqual({ to, effects });
  });

  it("announces each new state, once", () => {
    for (const { from, to, effects } of moves) {
      expect(to).not.toBe(from);
      expect(effects.filter((effect) => effect === "announce")).toHaveLength(1);
    }
  });

  it("forgets the session at an expiry, so that nothing can resume it", () => {
    for (const { effects } of moves.filter(({ to }) => to === "expired")) {
      expect(effects).toContain("forget");
      expect(effects.indexOf("hangUp")).toBeLessThan(effects.indexOf("announce"));
    }
  });

  it("fails waiting operations in states without dialing", () => {
    for (const { effects } of moves.filter(({ to }) => to === "expired" || to === "closed")) {
      expect(effects).toContain("failWaiting");
    }
  });

  it("fails waiting operations before listeners can submit more", () => {
    for (const { effects } of moves.filter(({ effects }) => effects.includes("failWaiting"))) {
      expect(effects.indexOf("failWaiting")).toBeLessThan(effects.indexOf("announce"));
    }
  });

  it("runs the clock exactly while there is a session", () => {
    for (const { from, to, effects } of moves) {
      const hadSession = from === "connected" || from === "suspended";
      const hasSession = to === "connected" || to === "suspended";
      expect(effects.includes("stopClock")).toBe(hadSession && !hasSession);
      expect(effects.includes("startClock")).toBe(to === "connected");
    }
  });
});
