import { describe, expect, it } from "vitest";
import { SessionTracker } from "./session-tracker.js";

const limits = { tickTimeMs: 100, minSessionTimeoutMs: 200, maxSessionTimeoutMs: 2000 };
const tracker = (now = 0): SessionTracker => new SessionTracker(limits, 1000n, now);

/** Sweeps each millisecond from `from` on; the first at which the session expires. */
function expiresAt(sessions: SessionTracker, id: bigint, from: number): number {
  for (let now = from; now < from + 10_000; now++) {
    if (sessions.expire(now).some((session) => session.id === id)) return now;
  }
  throw new Error("never");
}

describe("a session tracker", () => {
  it("brings the timeout within its limits", () => {
    const sessions = tracker();
    expect(sessions.create(1, 0).timeoutMs).toBe(200);
    expect(sessions.create(500, 0).timeoutMs).toBe(500);
    expect(sessions.create(1_000_000, 0).timeoutMs).toBe(2000);
    expect(sessions.create(-1, 0).timeoutMs).toBe(200);
  });

  it("gives each session an id of its own, past those that it found", () => {
    const sessions = tracker();
    sessions.track(1000n, 500, 0);
    expect(sessions.create(500, 0).id).toBe(1001n);
    expect(sessions.create(500, 0).id).toBe(1002n);
  });

  it.each([0, 1, 50, 99, 100, 101, 1234])(
    "expires between timeout and timeout + tick after the last touch, at %i",
    (touchedAt) => {
      const sessions = tracker();
      const session = sessions.create(500, 0);
      sessions.touch(session, touchedAt);
      const at = expiresAt(sessions, session.id, 0);
      expect(at).toBeGreaterThan(touchedAt + 500);
      expect(at).toBeLessThanOrEqual(touchedAt + 600);
    },
  );

  it("gives a session the timeout that its client asks for when it re-attaches, be it shorter", () => {
    const sessions = tracker();
    const session = sessions.create(2000, 0);
    expect(sessions.reattach(session.id, session.password, 1, 0)?.timeoutMs).toBe(200);
    expect(expiresAt(sessions, session.id, 0)).toBeLessThanOrEqual(300);
  });

  it("tells an expired session once, and nothing revives it", () => {
    const sessions = tracker();
    const session = sessions.create(200, 0);
    expect(sessions.expire(1000)).toEqual([session]);
    sessions.touch(session, 1000);
    expect(session.closing).toBe(true);
    expect(sessions.expire(5000)).toEqual([]);
    expect(sessions.reattach(session.id, session.password, 1000, 1000)).toBeUndefined();
  });

  it("lets a client re-attach with the right password only, which counts as a sign of life", () => {
    const sessions = tracker();
    const session = sessions.create(500, 0);
    expect(sessions.reattach(session.id, new Uint8Array(16), 1000, 400)).toBeUndefined();
    expect(sessions.reattach(session.id, session.password.slice(0, 8), 1000, 400)).toBeUndefined();
    expect(sessions.reattach(4711n, session.password, 1000, 400)).toBeUndefined();
    expect(sessions.reattach(session.id, session.password, 1000, 400)).toBe(session);
    expect(expiresAt(sessions, session.id, 400)).toBeGreaterThan(900);
  });

  it("forgets a session that is removed", () => {
    const sessions = tracker();
    const session = sessions.create(500, 0);
    sessions.remove(session.id);
    expect(sessions.size).toBe(0);
    expect(sessions.expire(10_000)).toEqual([]);
  });
});
