import type { StateChange, ZooKeeper } from "@conclave/client";
import { describe, expect, it } from "vitest";
import { HeldItem, type ItemParameters } from "./queue-item.js";

type State = ZooKeeper["state"];

/** The part of a client that an item uses: a state that the test sets, and its listeners. */
class Session {
  readonly #listeners = new Map<string, Set<(change: StateChange) => void>>();
  sessionId = 1n;
  state: State = "connected";

  on(event: string, listener: (change: StateChange) => void): void {
    this.#listeners.set(event, this.listeners(event).add(listener));
  }

  off(event: string, listener: (change: StateChange) => void): void {
    this.listeners(event).delete(listener);
  }

  listeners(event: string): Set<(change: StateChange) => void> {
    return this.#listeners.get(event) ?? new Set();
  }

  enter(state: State): void {
    const previous = this.state;
    this.state = state;
    for (const listener of [...this.listeners("state")]) listener({ state, previous } as unknown as StateChange);
  }
}

/** A held item; `deleted` counts the deletions of its lock. */
const itemOf = (parameters: Partial<ItemParameters<string>> = {}, session = new Session()) => {
  let deleted = 0;
  const item = new HeldItem<string>({
    ...{ zk: session as unknown as ZooKeeper, sessionId: 1n, onSuspended: "revoke", what: "the item i" },
    ...{ path: "/q/taken/i", itemPath: "/q/items/i", version: 0, fencingToken: 5n },
    ...{ value: "a", deliveries: 2, name: "i", finish: async () => true },
    deleteZnode: async () => void deleted++,
    ...parameters,
  });
  return { item, session, deleted: () => deleted };
};
const codeOf = ({ signal }: HeldItem<string>): unknown => (signal.reason as { code?: string } | undefined)?.code;

describe("a queue item", () => {
  it("has its value, its name and the number of its deliveries", () => {
    const { item } = itemOf();
    expect([item.value, item.name, item.deliveries, item.fencingToken, item.signal.aborted]).toEqual([
      ...["a", "i", 2, 5n, false],
    ]);
  });

  it("that is acknowledged ends as released, and is not given back", async () => {
    const { item, deleted } = itemOf();
    await item.ack();
    await item.release();
    expect([codeOf(item), deleted()]).toEqual(["RELEASED", 0]);
  });

  it("that another consumer holds rejects its acknowledgement with GONE, and deletes its own lock", async () => {
    const { item, deleted } = itemOf({ finish: async () => false });
    await expect(item.ack()).rejects.toMatchObject({ name: "GrantLostError", code: "GONE" });
    expect([codeOf(item), deleted()]).toEqual(["GONE", 1]);
  });

  it("is still held after an acknowledgement that failed in a session that continues", async () => {
    let failures = 1;
    const finish = async (): Promise<boolean> => {
      if (failures-- > 0) throw new Error("no disk");
      return true;
    };
    const { item, session, deleted } = itemOf({ finish });
    await expect(item.ack()).rejects.toThrow("no disk");
    expect([item.signal.aborted, deleted()]).toEqual([false, 0]);
    await item.ack();
    const other = itemOf({ finish: () => Promise.reject(new Error("no disk")) }, session);
    await expect(other.item.ack()).rejects.toThrow("no disk");
    session.enter("suspended");
    expect(other.deleted()).toBe(1);
  });

  it("that is lost rejects its acknowledgement with the reason, without a request", async () => {
    let calls = 0;
    const { item } = itemOf({ finish: async () => ++calls > 0 });
    item.end("SUSPENDED");
    await expect(item.ack()).rejects.toMatchObject({ code: "SUSPENDED" });
    expect(calls).toBe(0);
  });

  it("is given back once by release, and at the end of a scope", async () => {
    const { item, deleted } = itemOf();
    await item.release();
    await item.release();
    expect([codeOf(item), deleted()]).toEqual(["RELEASED", 1]);
    const scoped = itemOf();
    {
      await using _item = scoped.item;
    }
    expect(scoped.deleted()).toBe(1);
  });

  it.each<[state: State, onSuspended: "revoke" | "keep", code: string | undefined, deletions: number]>([
    ["suspended", "revoke", "SUSPENDED", 1],
    ["suspended", "keep", undefined, 0],
    ["expired", "revoke", "EXPIRED", 0],
    ["expired", "keep", "EXPIRED", 0],
    ["closed", "keep", "CLOSED", 0],
    ["connected", "revoke", undefined, 0],
  ])(
    "whose client becomes %s with the policy %s ends with %s and %d deletions",
    (state, onSuspended, code, deletions) => {
      const { item, session, deleted } = itemOf({ onSuspended });
      session.enter(state);
      expect([codeOf(item), deleted()]).toEqual([code, deletions]);
    },
  );

  it("whose session ended, or lost its connection, before it was constructed has ended already", () => {
    const [next, suspended] = [new Session(), new Session()];
    next.sessionId = 2n;
    suspended.state = "suspended";
    expect([codeOf(itemOf({}, next).item), codeOf(itemOf({}, suspended).item)]).toEqual(["EXPIRED", "SUSPENDED"]);
  });

  it("does not listen to its client after its end", () => {
    const { item, session } = itemOf();
    expect(session.listeners("state").size).toBe(1);
    item.end("GONE");
    expect(session.listeners("state").size).toBe(0);
  });

  it("keeps its lock during an acknowledgement although the connection is lost, until the outcome is known", async () => {
    for (const isFailing of [false, true]) {
      let settle = { resolve: (_: boolean): void => {}, reject: (_: Error): void => {} };
      const { item, session, deleted } = itemOf({
        finish: () =>
          new Promise<boolean>((resolve, reject) => {
            settle = { resolve, reject };
          }),
      });
      const acked = item.ack();
      session.enter("suspended");
      expect([codeOf(item), deleted()]).toEqual(["SUSPENDED", 0]);
      if (isFailing) {
        settle.reject(new Error("no disk"));
        await expect(acked).rejects.toThrow("no disk");
      } else {
        settle.resolve(true);
        await acked;
      }
      expect(deleted()).toBe(isFailing ? 1 : 0);
    }
  });

  it("does not repeat an acknowledgement in another session or after the client was closed", async () => {
    const outcomes: string[] = [];
    for (const change of ["none", "next session", "closed"] as const) {
      const { item, session } = itemOf({
        finish: async (assertSession) => {
          assertSession();
          if (change === "next session") {
            session.enter("expired");
            session.sessionId = 2n;
            session.enter("connected");
          } else if (change === "closed") session.enter("closed");
          assertSession();
          return true;
        },
      });
      outcomes.push(
        await item.ack().then(
          () => "acknowledged",
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(outcomes).toEqual(["acknowledged", "EXPIRED", "CLOSED"]);
  });

  it("may repeat an acknowledgement after a lost connection in the same session", async () => {
    const { item, session } = itemOf({
      finish: async (assertSession) => {
        session.enter("suspended");
        session.enter("connected");
        assertSession();
        return true;
      },
    });
    await item.ack();
    expect(codeOf(item)).toBe("SUSPENDED");
  });
});
