import { LeaderElection, type Leadership } from "@conclave/recipes";
import { collectEvents, eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { SHORT_SESSION_MS, type StagedTest } from "../stage.ts";
import { campaign, ELECTION, lostWith, stand, znodes } from "./candidate.ts";

/** `lead`: a task that runs whenever its participant leads. */
export function leading(test: StagedTest): void {
  describe("lead", () => {
    test("runs the task with the leadership until the signal aborts, and leaves no znode", async (stage) => {
      const zk = await stage.client();
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

    test("stands again after the session expired, with a larger token, and never overlaps itself", async (stage) => {
      const proxy = await stage.proxy();
      const { zk } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
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

    test("stands again after the connection was lost", async (stage) => {
      const proxy = await stage.proxy();
      const { zk } = await stage.actor(proxy);
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

    test("gives back when the task ends, and takes its turn again behind the others", async (stage) => {
      const zk = await stage.client();
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

    test("keeps the next one waiting until the task has wound down", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
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
      const heir = await stand(other, "heir");
      stop.abort();
      expect(first?.signal.reason).toMatchObject({ code: "RELEASED" });
      expect(await znodes(other)).toHaveLength(2);
      expect(heir.election.current).toBe(undefined);
      finish();
      await led;
      expect((await heir.elected).id).toBe("heir");
    });

    test("rejects with an error of the task, after giving back", async (stage) => {
      const zk = await stage.client();
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

    test("rejects when its client is closed", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
      await campaign(other, "leader").elected;
      const election = new LeaderElection(zk, { name: ELECTION, id: "waiting" });
      const led = election.lead(() => {}, { signal: new AbortController().signal });
      const closed = eventually(async () => (await znodes(other)).length === 2).then(() => zk.close());
      await expect(led).rejects.toMatchObject({ code: "CLOSED" });
      await closed;
    });

    test("resolves without a run when the signal aborts in line", async (stage) => {
      const zk = await stage.client();
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

/** `ifLeader`: something that is to be done only by who leads. */
export function whileLeading(test: StagedTest): void {
  describe("ifLeader", () => {
    test("runs one or the other, and hands on what it returns or throws", async (stage) => {
      const zk = await stage.client();
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

    test("does not run where the connection is lost and the policy is to revoke", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
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

    test("keeps the place in line while a promise that it returned is pending", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
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
      const heir = await stand(other, "heir");
      stop.abort();
      expect(await znodes(other)).toHaveLength(2);
      expect(heir.election.current).toBe(undefined);
      finish();
      await running;
      await led;
      expect((await heir.elected).id).toBe("heir");
    });
  });
}

/** Resolves when the leadership is over. */
function ended({ signal }: Leadership): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
