import type { StateChange, ZooKeeper } from "@conclave/client";
import { expect, it } from "vitest";
import { OwnPassage, type PassageParameters } from "./passage.js";

type State = ZooKeeper["state"];

/** The part of a client that a passage uses: a state that the test sets, and its listeners. */
class Session {
  readonly listeners = new Set<(change: StateChange) => void>();
  state: State = "connected";

  on(event: string, listener: (change: StateChange) => void): void {
    if (event === "state") this.listeners.add(listener);
  }

  off(event: string, listener: (change: StateChange) => void): void {
    if (event === "state") this.listeners.delete(listener);
  }

  enter(state: State): void {
    this.state = state;
    for (const listener of [...this.listeners]) listener({ state } as StateChange);
  }
}

const passageOf = (parameters: Partial<PassageParameters> = {}) => {
  const session = new Session();
  const steps: unknown[] = [];
  const passage = new OwnPassage({
    ...{ round: 3, position: 1, zk: session as unknown as ZooKeeper, label: "the double barrier d" },
    leave: async (options) => void steps.push(options),
    withdraw: async () => void steps.push("withdrawn"),
    ...parameters,
  });
  return { passage, session, steps };
};

it("a passage has its round and position, and has not ended", () => {
  const { passage } = passageOf();
  expect([passage.round, passage.position, passage.signal.aborted]).toEqual([3, 1, false]);
});

it("a passage ends as released when its participant leaves, before the others have left", async () => {
  let finish = (): void => {};
  const received: unknown[] = [];
  const { passage, session, steps } = passageOf({
    leave: (options) => {
      received.push(options);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  const leaving = passage.leave({ timeoutMs: 5 });
  expect(passage.signal.reason).toMatchObject({
    ...{ name: "GrantLostError", code: "RELEASED" },
    message: "the passage of the double barrier d ended: this participant left",
  });
  finish();
  await leaving;
  expect([received, steps, session.listeners.size]).toEqual([[{ timeoutMs: 5 }], [], 0]);
});

it("a passage withdraws its participant when the wait for the others fails, and can wait again", async () => {
  let failures = 1;
  const { passage, steps } = passageOf({
    leave: async () => {
      if (failures-- > 0) throw new Error("aborted");
    },
  });
  await expect(passage.leave()).rejects.toThrow("aborted");
  expect(steps).toEqual(["withdrawn"]);
  await passage.leave();
  expect(steps).toEqual(["withdrawn"]);
});

it("a passage is left without waiting at the end of a scope", async () => {
  const { passage, steps } = passageOf();
  {
    await using scoped = passage;
    expect(scoped.signal.aborted).toBe(false);
  }
  expect([passage.signal.reason, steps]).toEqual([
    expect.objectContaining({
      code: "RELEASED",
      message: "the passage of the double barrier d ended: this participant left",
    }),
    ["withdrawn"],
  ]);
});

it.each([
  ["suspended", undefined, undefined],
  ["connected", undefined, undefined],
  ["expired", "EXPIRED", "the passage of the double barrier d ended: the session expired"],
  ["closed", "CLOSED", "the passage of the double barrier d ended: the client was closed"],
] as const)("a passage whose client becomes %s ends with %s", (state, code, message) => {
  const { passage, session } = passageOf();
  session.enter(state);
  const reason = passage.signal.reason as { code?: string; message?: string } | undefined;
  expect([reason?.code, reason?.message, session.listeners.size]).toEqual([code, message, code === undefined ? 1 : 0]);
});

it("a passage ends when its signal is read after the session expired, and keeps its first reason", () => {
  const { passage, session } = passageOf();
  session.state = "expired";
  expect(passage.signal.aborted).toBe(true);
  session.enter("closed");
  expect(passage.signal.reason).toMatchObject({
    code: "EXPIRED",
    message: "the passage of the double barrier d ended: the session expired",
  });
});

it("a passage that is left after its session expired has ended as expired", async () => {
  const { passage, session } = passageOf();
  session.state = "expired";
  await passage.leave();
  expect(passage.signal.reason).toMatchObject({ code: "EXPIRED" });
});
