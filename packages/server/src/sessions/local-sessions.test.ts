import { ErrorCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { AuthorityWithLocal, endExpired, LearnerSessionsWithLocal, takeLocal } from "./local-sessions.js";

interface Owner {
  readonly isLearner?: boolean;
  end(): void;
}

const LIMITS = { tickTimeMs: 100, minSessionTimeoutMs: 200, maxSessionTimeoutMs: 1000, serverId: 2 };
const FIRST = 2n << 56n;

function owner(isLearner = false): Owner & { ended: number } {
  const made = { isLearner, ended: 0, end: () => void made.ended++ };
  return made;
}

const kinds = [
  [
    "a learner",
    () => new LearnerSessionsWithLocal<Owner>({ timeouts: new Map([[5n, 500]]), firstId: FIRST }, LIMITS, 0),
  ],
  ["a leader", () => new AuthorityWithLocal<Owner>(LIMITS, FIRST, 0)],
] as const;

describe.each(kinds)("local sessions of %s", (_, make) => {
  it("expire here, with their connections, unless they are touched", () => {
    const sessions = make();
    const [lost, kept] = [sessions.local.create(300, 0), sessions.local.create(300, 0)];
    const [first, second] = [owner(), owner()];
    sessions.attach(lost.id, first);
    sessions.attach(kept.id, second);
    sessions.touch(kept, 250);
    let expired = 0;
    endExpired(sessions, 400, () => expired++);
    expect([expired, first.ended, second.ended]).toEqual([1, 1, 0]);
    expect(sessions.local.get(lost.id)).toBeUndefined();
    expect(sessions.refusalOf(kept.id)).toBeUndefined();
    expect(sessions.byExpiry()).toEqual(sessions.local.byExpiry());
  });

  it("have one owner, and are taken with it when they become global", () => {
    const sessions = make();
    const { id } = sessions.local.create(300, 0);
    const [first, second] = [owner(), owner()];
    expect(sessions.attach(id, first)).toBeUndefined();
    expect(sessions.attach(id, second)).toBe(first);
    sessions.detach(id, first);
    expect(takeLocal(sessions, id)).toEqual({ timeoutMs: 300, owner: second });
    expect(takeLocal(sessions, id)).toBeUndefined();
  });
});

describe("a leader with local sessions", () => {
  it("lets learners write for sessions that it does not know, unless they have the ids of its own", () => {
    const sessions = new AuthorityWithLocal<Owner>(LIMITS, FIRST, 0);
    const learner = owner(true);
    expect(sessions.refusalOf(3n << 56n, learner)).toBeUndefined();
    expect(sessions.refusalOf(FIRST + 7n, learner)).toBe(ErrorCode.SESSION_EXPIRED);
    expect(sessions.refusalOf(3n << 56n)).toBe(ErrorCode.UNKNOWN_SESSION);
  });

  it("touches the session of the ensemble that a local one has become", () => {
    const sessions = new AuthorityWithLocal<Owner>(LIMITS, FIRST, 0);
    const local = sessions.local.create(300, 0);
    takeLocal(sessions, local.id);
    sessions.track(local.id, 300, 0);
    sessions.touch(local, 250);
    expect(sessions.expire(400)).toEqual([]);
    expect(sessions.expire(700).map(({ id }) => id)).toEqual([local.id]);
  });
});
