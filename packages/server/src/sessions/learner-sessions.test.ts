import { ErrorCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { LearnerSessions } from "./learner-sessions.js";
import type { Session } from "./session.js";
import { sessionPassword } from "./session-id.js";

interface Owner {
  readonly name: string;
}

type State = "unserved" | "served" | "closing";

/** Session 7 in one of its states; its owner is attached where it is served. */
class Scenario {
  readonly timeouts = new Map<bigint, number>([[7n, 500]]);
  readonly sessions = new LearnerSessions<Owner>({ timeouts: this.timeouts, firstId: 100n });
  readonly owner: Owner = { name: "owner" };
  readonly view: Session;

  constructor(state: State) {
    this.view = state === "unserved" ? { id: 7n, timeoutMs: 500, isClosing: true } : this.sessions.serve(7n, 500);
    this.sessions.attach(7n, this.owner);
    if (state === "closing") this.sessions.markClosing(7n);
  }
}

const states = ["unserved", "served", "closing"] as const;
const inEach = <T>(of: (scenario: Scenario) => T): T[] => states.map((state) => of(new Scenario(state)));

describe("the sessions of a learner, in the states unserved, served, closing", () => {
  it("serve a session with the timeout that the leader granted", () => {
    expect(inEach(({ sessions }) => sessions.serve(7n, 900).timeoutMs)).toEqual([900, 900, 900]);
  });

  it("collect a sign of life of a served session only", () => {
    const taken = inEach(({ sessions, view }) => {
      sessions.touch(view);
      return [...sessions.takeTouched()];
    });
    expect(taken).toEqual([[], [[7n, 500]], []]);
  });

  it("mark a served session as closing, which its view shows", () => {
    const refusals = inEach(({ sessions }) => {
      sessions.markClosing(7n);
      return sessions.refusalOf(7n);
    });
    expect(refusals).toEqual([undefined, ErrorCode.SESSION_EXPIRED, ErrorCode.SESSION_EXPIRED]);
  });

  it("return the owner of a session that is removed, once", () => {
    const removed = inEach(({ sessions }) => [sessions.remove(7n)?.name, sessions.remove(7n)?.name]);
    expect(removed).toEqual([
      [undefined, undefined],
      ["owner", undefined],
      ["owner", undefined],
    ]);
  });

  it("return the former owner when another one attaches", () => {
    const former = inEach(({ sessions }) => sessions.attach(7n, { name: "other" })?.name);
    expect(former).toEqual([undefined, "owner", "owner"]);
  });

  it("end with the detach of their owner, and of no other", () => {
    const attached = inEach(({ sessions, owner }) => {
      sessions.detach(7n, { name: "other" });
      const before = sessions.attach(7n, owner);
      sessions.detach(7n, owner);
      return [before, sessions.remove(7n)];
    });
    expect(attached).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

describe("the sessions of a learner", () => {
  it("take each sign of life once, and none of a session that closes before they are taken", () => {
    const { sessions, view } = new Scenario("served");
    sessions.touch(view);
    expect(sessions.takeTouched().size).toBe(1);
    expect(sessions.takeTouched().size).toBe(0);
    sessions.touch(view);
    sessions.markClosing(7n);
    expect(sessions.takeTouched().size).toBe(0);
    expect(view.isClosing).toBe(true);
  });

  it("make ids that no session of the ensemble has", () => {
    const { sessions, timeouts } = new Scenario("served");
    timeouts.set(100n, 1);
    timeouts.set(102n, 1);
    expect([sessions.newId(), sessions.newId()]).toEqual([101n, 103n]);
    expect(sessions.size).toBe(3);
    expect(sessions.byExpiry()).toEqual([]);
  });

  it("know the password of any session", () => {
    const { sessions } = new Scenario("unserved");
    expect(sessions.isPassword(7n, sessionPassword(7n))).toBe(true);
    expect(sessions.isPassword(7n, sessionPassword(8n))).toBe(false);
  });
});
