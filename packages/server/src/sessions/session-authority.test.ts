import { ErrorCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import type { Session } from "./session.js";
import { SessionAuthority } from "./session-authority.js";

interface Owner {
  readonly name: string;
  readonly isLearner?: boolean;
}

const limits = { tickTimeMs: 100, minSessionTimeoutMs: 200, maxSessionTimeoutMs: 2000 };
const authority = (now = 0): SessionAuthority<Owner> => new SessionAuthority<Owner>(limits, 1000n, now);

/** Sweeps each millisecond from `from` on; returns the first at which the session expires. */
function expiresAt(sessions: SessionAuthority<Owner>, id: bigint, from: number): number {
  for (let now = from; now < from + 10_000; now++) {
    if (sessions.expire(now).some((session) => session.id === id)) return now;
  }
  throw new Error("never");
}

type State = "unknown" | "open" | "closing";

/** Session 7 in one of its states, with an owner. Its timeout is 500. */
class Scenario {
  readonly sessions = authority();
  readonly owner = { name: "owner" };
  readonly view: Session;

  constructor(state: State) {
    this.view = this.sessions.track(7n, 500, 0);
    this.sessions.attach(7n, this.owner);
    if (state !== "open") this.sessions.markClosing(7n);
    if (state === "unknown") this.sessions.remove(7n);
  }

  get state(): State {
    const refusal = this.sessions.refusalOf(7n);
    if (refusal === undefined) return "open";
    return refusal === ErrorCode.SESSION_EXPIRED ? "closing" : "unknown";
  }
}

const password = authority().passwordOf(7n);
const other = { name: "other" };

/** Events of the table in SPEC.md; each returns the result of its call. */
const events = {
  create: ({ sessions }: Scenario) => sessions.create(500, 0).id,
  touch: ({ sessions, view }: Scenario) => void sessions.touch(view, 400),
  "resume with the right password": ({ sessions }: Scenario) => sessions.resume(7n, password, 1000, 400)?.timeoutMs,
  "resume with a wrong password": ({ sessions }: Scenario) => sessions.resume(7n, new Uint8Array(16), 1000, 400),
  "resume with a short password": ({ sessions }: Scenario) => sessions.resume(7n, password.slice(0, 8), 1000, 400),
  expire: ({ sessions }: Scenario) => sessions.expire(700).map(({ id }) => id),
  markClosing: ({ sessions }: Scenario) => sessions.markClosing(7n),
  remove: ({ sessions }: Scenario) => sessions.remove(7n),
  attach: ({ sessions }: Scenario) => sessions.attach(7n, other)?.name,
  "attach by the owner": ({ sessions, owner }: Scenario) => sessions.attach(7n, owner),
  "detach by the owner": ({ sessions, owner }: Scenario) => sessions.detach(7n, owner),
  "detach by another": ({ sessions }: Scenario) => sessions.detach(7n, other),
};

interface Outcome {
  readonly state: State;
  readonly result?: unknown;
  /** @default "owner", and none in the state unknown */
  readonly owner?: string | null;
}

const table: Record<State, Record<keyof typeof events, Outcome>> = {
  unknown: {
    create: { state: "unknown", result: 1000n },
    touch: { state: "unknown" },
    "resume with the right password": { state: "unknown" },
    "resume with a wrong password": { state: "unknown" },
    "resume with a short password": { state: "unknown" },
    expire: { state: "unknown", result: [] },
    markClosing: { state: "unknown" },
    remove: { state: "unknown" },
    attach: { state: "unknown" },
    "attach by the owner": { state: "unknown" },
    "detach by the owner": { state: "unknown" },
    "detach by another": { state: "unknown" },
  },
  open: {
    create: { state: "open", result: 1000n },
    touch: { state: "open" },
    "resume with the right password": { state: "open", result: 1000 },
    "resume with a wrong password": { state: "open" },
    "resume with a short password": { state: "open" },
    expire: { state: "closing", result: [7n] },
    markClosing: { state: "closing" },
    remove: { state: "unknown", owner: null },
    attach: { state: "open", result: "owner", owner: "other" },
    "attach by the owner": { state: "open" },
    "detach by the owner": { state: "open", owner: null },
    "detach by another": { state: "open" },
  },
  closing: {
    create: { state: "closing", result: 1000n },
    touch: { state: "closing" },
    "resume with the right password": { state: "closing" },
    "resume with a wrong password": { state: "closing" },
    "resume with a short password": { state: "closing" },
    expire: { state: "closing", result: [] },
    markClosing: { state: "closing" },
    remove: { state: "unknown", owner: null },
    attach: { state: "closing", result: "owner", owner: "other" },
    "attach by the owner": { state: "closing" },
    "detach by the owner": { state: "closing", owner: null },
    "detach by another": { state: "closing" },
  },
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([event, outcome]) => [event, state, outcome] as const),
);

describe("a session authority", () => {
  it.each(cells)("takes the event '%s' of a session that is %s as its table says", (event, state, outcome) => {
    const scenario = new Scenario(state as State);
    const result = events[event as keyof typeof events](scenario);
    const { owner = state === "unknown" ? null : "owner" } = outcome;
    const session = scenario.sessions.get(7n);
    const servedBy = session && scenario.sessions.ownerOf(session);
    expect({ state: scenario.state, result, owner: servedBy?.name ?? null }).toEqual({
      ...{ state: outcome.state, result: outcome.result, owner },
    });
  });

  it("brings the timeout within its limits", () => {
    const sessions = authority();
    expect(sessions.create(1, 0).timeoutMs).toBe(200);
    expect(sessions.create(500, 0).timeoutMs).toBe(500);
    expect(sessions.create(1_000_000, 0).timeoutMs).toBe(2000);
    expect(sessions.create(-1, 0).timeoutMs).toBe(200);
  });

  it("gives each new session the next id that no session has", () => {
    const sessions = authority();
    sessions.track(1000n, 500, 0);
    expect(sessions.create(500, 0).id).toBe(1001n);
    expect(sessions.create(500, 0).id).toBe(1002n);
    sessions.remove(1002n);
    expect(sessions.create(500, 0).id).toBe(1003n);
  });

  it.each([0, 1, 50, 99, 100, 101, 1234])(
    "expires a session between timeout and timeout + tick after its last touch at %i",
    (touchedAt) => {
      const sessions = authority();
      const session = sessions.create(500, 0);
      sessions.touch(session, touchedAt);
      const at = expiresAt(sessions, session.id, 0);
      expect(at).toBeGreaterThan(touchedAt + 500);
      expect(at).toBeLessThanOrEqual(touchedAt + 600);
    },
  );

  it("gives a resumed session the timeout that its client asks for, even a shorter one", () => {
    const sessions = authority();
    const { id } = sessions.create(2000, 0);
    expect(sessions.resume(id, sessions.passwordOf(id), 1, 0)?.timeoutMs).toBe(200);
    expect(expiresAt(sessions, id, 0)).toBeLessThanOrEqual(300);
  });

  it("counts resuming as a sign of life", () => {
    const sessions = authority();
    const session = sessions.create(500, 0);
    expect(sessions.resume(session.id, sessions.passwordOf(session.id), 500, 400)).toBe(session);
    expect(expiresAt(sessions, session.id, 400)).toBeGreaterThan(900);
  });

  it("does not revive an expired session by a touch", () => {
    const sessions = authority();
    const session = sessions.create(200, 0);
    expect(sessions.expire(1000)).toEqual([session]);
    sessions.touch(session, 1000);
    expect(session.isClosing).toBe(true);
    expect(sessions.expire(5000)).toEqual([]);
  });

  it("forgets a session that is removed", () => {
    const sessions = authority();
    const session = sessions.create(500, 0);
    sessions.remove(session.id);
    expect(sessions.size).toBe(0);
    expect(sessions.get(session.id)).toBeUndefined();
    expect(sessions.expire(10_000)).toEqual([]);
  });
  it("lists open sessions by the tick in which they expire, earliest first", () => {
    const sessions = authority();
    const late = sessions.create(900, 0);
    const [first, second] = [sessions.create(300, 0), sessions.create(310, 0)];
    const moved = sessions.create(500, 0);
    sessions.touch(moved, 400);
    sessions.remove(sessions.create(700, 0).id);
    expect(sessions.byExpiry()).toEqual([
      [400, new Set([first, second])],
      [1000, new Set([late, moved])],
    ]);
    expect(sessions.expire(400)).toEqual([first, second]);
    expect(sessions.byExpiry()).toEqual([[1000, new Set([late, moved])]]);
  });

  it("does not list an expired session again after a touch", () => {
    const sessions = authority();
    const session = sessions.create(200, 0);
    sessions.expire(300);
    sessions.touch(session, 300);
    expect(sessions.byExpiry()).toEqual([]);
    sessions.remove(session.id);
    expect(sessions.size).toBe(0);
  });

  it("expires each open session of a tick once, and none whose close is proposed already", () => {
    const sessions = authority();
    const [open, closing] = [sessions.create(200, 0), sessions.create(200, 0)];
    sessions.markClosing(closing.id);
    expect(sessions.expire(300)).toEqual([open]);
    expect(sessions.expire(300)).toEqual([]);
  });

  it("never moves the expiry of a session to an earlier time because of a touch", () => {
    const sessions = authority();
    const session = sessions.create(500, 400);
    sessions.touch(session, 0);
    expect(expiresAt(sessions, session.id, 0)).toBe(1000);
  });
});

describe("sessions of the clients of learners", () => {
  const learner: Owner = { name: "learner 2", isLearner: true };
  const other: Owner = { name: "learner 3", isLearner: true };

  it("belong to the learner that first sends a request for them under a new leader", () => {
    const sessions = authority();
    sessions.track(7n, 500, 0);
    expect(sessions.refusalOf(7n, learner)).toBeUndefined();
    expect(sessions.refusalOf(7n, other)).toBe(ErrorCode.SESSION_MOVED);
    expect(sessions.refusalOf(7n)).toBe(ErrorCode.SESSION_MOVED);
  });

  it("move to the learner that revalidates them, with its timeout", () => {
    const sessions = authority();
    sessions.track(7n, 500, 0);
    expect(sessions.revalidate(7n, 1000, learner, 0)).toBe(true);
    expect(sessions.revalidate(7n, 1500, other, 100)).toBe(true);
    expect(sessions.refusalOf(7n, learner)).toBe(ErrorCode.SESSION_MOVED);
    expect(sessions.refusalOf(7n, other)).toBeUndefined();
    expect(expiresAt(sessions, 7n, 0)).toBe(1700);
  });

  it("move to a connection of this server when their client resumes them here", () => {
    const sessions = authority();
    sessions.track(7n, 500, 0);
    sessions.revalidate(7n, 500, learner, 0);
    expect(sessions.attach(7n, { name: "connection" })).toBe(learner);
    expect(sessions.refusalOf(7n)).toBeUndefined();
    expect(sessions.refusalOf(7n, learner)).toBe(ErrorCode.SESSION_MOVED);
  });

  it("are not confirmed once they are closing or unknown", () => {
    const sessions = authority();
    sessions.track(7n, 500, 0);
    sessions.markClosing(7n);
    expect(sessions.revalidate(7n, 500, learner, 0)).toBe(false);
    expect(sessions.revalidate(8n, 500, learner, 0)).toBe(false);
    expect(sessions.refusalOf(7n, learner)).toBe(ErrorCode.SESSION_EXPIRED);
    expect(sessions.refusalOf(8n, learner)).toBe(ErrorCode.SESSION_EXPIRED);
  });
});
