import { LeaderElection, type Leadership } from "@conclave/recipes";
import { onAbort } from "@conclave/runtime";
import { collectEvents, eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractTest, sessionUntil } from "../../test-context/test-context.ts";
import { campaign, campaigning, ELECTION, lostWith, znodes } from "./candidate.ts";

/** Checks `lead`: a task that runs while its candidate leads. */
export function leading(test: ContractTest): void {
  describe("lead", () => {
    test("runs the task with the leadership until the signal aborts, and leaves no znode", async (context) => {
      const zk = await context.client();
      const stop = new AbortController();
      const terms = collectEvents<Leadership>();
      const election = new LeaderElection(zk, { name: ELECTION, id: "c" });
      const led = election.lead(
        async (leadership) => {
          terms.add(leadership);
          await ended(leadership);
        },
        { signal: stop.signal },
      );
      const [leadership] = await terms.take(1);
      expect(election.current).toBe(leadership);
      stop.abort();
      await led;
      expect(leadership?.signal.reason).toMatchObject({ code: "RELEASED" });
      expect([terms.events.length, await znodes(zk)]).toEqual([1, []]);
    });

    test("campaigns again after the session expired, with a larger token, and never overlaps itself", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy, sessionUntil("expired"));
      const stop = new AbortController();
      const terms = collectEvents<Leadership>();
      let running = 0;
      const led = new LeaderElection(zk, { name: ELECTION, onSuspended: "keep" }).lead(
        async (leadership) => {
          expect(++running).toBe(1);
          terms.add(leadership);
          await ended(leadership);
          running--;
        },
        { signal: stop.signal },
      );
      const [first] = await terms.take(1);
      proxy.freeze();
      expect(await lostWith(first!)).toBe("EXPIRED");
      proxy.thaw();
      const [, second] = await terms.take(2);
      expect(second!.fencingToken).toBeGreaterThan(first!.fencingToken);
      stop.abort();
      await led;
    });

    test("campaigns again after the connection was lost", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const stop = new AbortController();
      const terms = collectEvents<Leadership>();
      const led = new LeaderElection(zk, { name: ELECTION }).lead(
        async (leadership) => {
          terms.add(leadership);
          await ended(leadership);
        },
        { signal: stop.signal },
      );
      for (let term = 1; term <= 3; term++) {
        const leadership = (await terms.take(term))[term - 1]!;
        expect(leadership.signal.aborted).toBe(false);
        proxy.cut();
        expect(await lostWith(leadership)).toBe("SUSPENDED");
      }
      const tokens = (await terms.take(4)).map(({ fencingToken }) => fencingToken);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)));
      stop.abort();
      await led;
      await eventually(async () => (await znodes(zk)).length === 0);
    });

    test("releases when the task ends, and campaigns again after the other candidates", async (context) => {
      const zk = await context.client();
      const stop = new AbortController();
      const turns = collectEvents<string>();
      const led = ["a", "b", "c"].map(async (id) => {
        await new LeaderElection(zk, { name: ELECTION, id }).lead(() => turns.add(id), { signal: stop.signal });
      });
      const order = await turns.take(30);
      stop.abort();
      await Promise.all(led);
      expect(new Set(order)).toEqual(new Set(["a", "b", "c"]));
      expect(await znodes(zk)).toEqual([]);
    });

    test("lets the next candidate wait until the task has ended", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const stop = new AbortController();
      const started = collectEvents<Leadership>();
      let finish = (): void => {};
      const windDown = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const led = new LeaderElection(zk, { name: ELECTION, id: "first" }).lead(
        async (leadership) => {
          started.add(leadership);
          await windDown;
        },
        { signal: stop.signal },
      );
      const [first] = await started.take(1);
      const successor = await campaigning(other, "successor");
      stop.abort();
      expect(first?.signal.reason).toMatchObject({ code: "RELEASED" });
      expect(await znodes(other)).toHaveLength(2);
      expect(successor.election.current).toBe(undefined);
      finish();
      await led;
      expect((await successor.elected).id).toBe("successor");
    });

    test("rejects with an error of the task, after the release", async (context) => {
      const zk = await context.client();
      const failure = new Error("the task failed");
      const led = new LeaderElection(zk, { name: ELECTION }).lead(
        () => {
          throw failure;
        },
        { signal: new AbortController().signal },
      );
      await expect(led).rejects.toBe(failure);
      expect(await znodes(zk)).toEqual([]);
    });

    test("rejects when its client is closed", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      await campaign(other, "leader").elected;
      const election = new LeaderElection(zk, { name: ELECTION, id: "waiting" });
      const led = election.lead(() => {}, { signal: new AbortController().signal });
      const closed = eventually(async () => (await znodes(other)).length === 2).then(() => zk.close());
      await expect(led).rejects.toMatchObject({ code: "CLOSED" });
      await closed;
    });

    test("resolves without a run when the signal aborts in the wait queue", async (context) => {
      const zk = await context.client();
      await campaign(zk, "leader").elected;
      const stop = new AbortController();
      let runs = 0;
      const led = new LeaderElection(zk, { name: ELECTION, id: "waiting" }).lead(() => void runs++, {
        signal: stop.signal,
      });
      await eventually(async () => (await znodes(zk)).length === 2);
      stop.abort();
      await led;
      await eventually(async () => (await znodes(zk)).length === 1);
      expect(runs).toBe(0);
    });
  });
}

/** Checks `ifLeader`: a function that runs only on the leader. */
export function whileLeading(test: ContractTest): void {
  describe("ifLeader", () => {
    test("runs one of both functions, and returns or throws its result", async (context) => {
      const zk = await context.client();
      const election = new LeaderElection(zk, { name: ELECTION, id: "c" });
      const ask = () =>
        election.ifLeader(
          ({ fencingToken }) => fencingToken,
          () => "not me",
        );
      expect(ask()).toBe("not me");
      const leadership = await election.campaign();
      expect(ask()).toBe(leadership.fencingToken);
      const failure = new Error("the task failed");
      const failing = (): never => {
        throw failure;
      };
      expect(() => election.ifLeader(failing, () => {})).toThrow(failure);
      void leadership.release();
      expect(ask()).toBe("not me");
    });

    test("does not run while disconnected by the policy `revoke`", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const { election, elected } = campaign(zk, "c");
      await elected;
      proxy.cut();
      await states.first((state) => state === "suspended");
      expect(
        election.ifLeader(
          () => "leads",
          () => "does not",
        ),
      ).toBe("does not");
    });

    test("keeps the leadership while a returned promise is pending", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const election = new LeaderElection(zk, { name: ELECTION, id: "first" });
      const stop = new AbortController();
      const terms = collectEvents<Leadership>();
      const led = election.lead(
        async (leadership) => {
          terms.add(leadership);
          await ended(leadership);
        },
        { signal: stop.signal },
      );
      await terms.take(1);
      let finish = (): void => {};
      const running = election.ifLeader(
        () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
        () => undefined,
      );
      const successor = await campaigning(other, "successor");
      stop.abort();
      expect(await znodes(other)).toHaveLength(2);
      expect(successor.election.current).toBe(undefined);
      finish();
      await running;
      await led;
      expect((await successor.elected).id).toBe("successor");
    });
  });
}

/** Resolves when the leadership has ended. */
function ended({ signal }: Leadership): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}
