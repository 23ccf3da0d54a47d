import { connect, type SessionState, type ZooKeeper } from "@conclave/client";
import { eventually, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest } from "@conclave/vitest";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LeaderElectionOptions } from "./election-options.js";
import { LeaderElection } from "./leader-election.js";
import type { Leadership } from "./leadership.js";
import type { Participant } from "./participant.js";

const SESSION_MS = 1_500;

describeOnEachEnsemble("an election on a connection that breaks", (ensemble: EnsembleUnderTest) => {
  let path = "";
  let count = 0;
  let proxy: FaultProxy;
  let steady: ZooKeeper;
  let shaky: ZooKeeper;
  const more: ZooKeeper[] = [];

  const stands = (zk: ZooKeeper, id: string, options: Partial<LeaderElectionOptions> = {}): LeaderElection =>
    new LeaderElection(zk, { ...(options as object), path, id });
  const state = (zk: ZooKeeper, wanted: SessionState): Promise<unknown> =>
    eventually(() => zk.state === wanted, { what: `state ${wanted}` });
  const participants = async (): Promise<Participant[]> => {
    // The steady client's server may be behind the other's.
    await steady.sync(path);
    return stands(steady, "observer").participants();
  };
  const line = async (): Promise<string[]> => (await participants()).map(({ id }) => id);
  const inLine = (...ids: string[]): Promise<unknown> =>
    eventually(async () => (await line()).join() === ids.join(), { what: `the line ${ids.join()}` });
  const tokenOf = async (id: string): Promise<bigint | undefined> =>
    (await participants()).find((each) => each.id === id)?.fencingToken;
  /** No way to any server, until `accept`. */
  const isolate = (): void => {
    proxy.refuse();
    proxy.cut();
  };

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString());
    await zk.create(ensemble.root);
    await zk.close();
  });
  beforeEach(async () => {
    path = `${ensemble.root}/f${count++}`;
    const [target = ""] = ensemble.connectString().split(",");
    proxy = await startFaultProxy({ target });
    steady = await connect(ensemble.connectString(), { sessionTimeoutMs: 10_000 });
    shaky = await connect(proxy.connectString, { sessionTimeoutMs: SESSION_MS, backoff: { maxMs: 50 } });
    await steady.create(path);
  });
  afterEach(async () => {
    await Promise.all([steady, shaky, ...more.splice(0)].map((zk) => zk.close()));
    await proxy.close();
  });

  describe("with onSuspended revoke", () => {
    it("ends a leadership in the client's own event, and removes its znode afterwards", async () => {
      const a = stands(shaky, "a");
      const first = await a.campaign();
      const seen = new Promise<[SessionState, boolean, unknown]>((resolve) => {
        shaky.on("state", ({ state: now }) => resolve([now, first.signal.aborted, a.current]));
      });
      proxy.cut();
      expect(await seen).toEqual(["suspended", true, undefined]);
      expect(first.signal.reason).toMatchObject({ code: "SUSPENDED" });
      const second = await a.campaign();
      expect(second.fencingToken > first.fencingToken).toBe(true);
      await inLine("a");
      expect(await tokenOf("a")).toBe(second.fencingToken);
    });

    it("keeps the place in line of one who waits", async () => {
      const leader = await stands(steady, "leader").campaign();
      const second = stands(shaky, "b").campaign();
      await inLine("leader", "b");
      const place = await tokenOf("b");
      proxy.cut();
      await state(shaky, "suspended");
      await state(shaky, "connected");
      const third = stands(steady, "c").campaign();
      await inLine("leader", "b", "c");
      await leader.release();
      expect((await second).fencingToken).toBe(place);
      await (await second).release();
      await third;
    });

    it("sees a predecessor that went while it could not see", async () => {
      const leader = await stands(steady, "leader").campaign();
      const second = stands(shaky, "b").campaign();
      await inLine("leader", "b");
      isolate();
      await state(shaky, "suspended");
      await leader.release();
      proxy.accept();
      expect((await second).id).toBe("b");
    });
  });

  describe("with onSuspended keep", () => {
    const keep = { onSuspended: "keep" } as const;

    it("keeps a leadership whose znode is there afterwards", async () => {
      const a = stands(shaky, "a", keep);
      const leadership = await a.campaign();
      proxy.cut();
      await state(shaky, "suspended");
      expect(a.current).toBe(leadership);
      await state(shaky, "connected");
      // Behind the look that verifies it, on the same connection.
      await shaky.getChildren(path);
      expect(leadership.signal.aborted).toBe(false);
      expect(await tokenOf("a")).toBe(leadership.fencingToken);
      await leadership.release();
      expect(await line()).toEqual([]);
    });

    it("ends a leadership whose znode somebody deleted meanwhile", async () => {
      const leadership = await stands(shaky, "a", keep).campaign();
      isolate();
      await state(shaky, "suspended");
      await steady.delete(leadership.path);
      expect(leadership.signal.aborted).toBe(false);
      proxy.accept();
      await eventually(() => leadership.signal.aborted);
      expect(leadership.signal.reason).toMatchObject({ code: "GONE" });
    });

    it("ends a leadership when the session expires by our own clock, before another leads", async () => {
      const order: string[] = [];
      const first = await stands(shaky, "a", keep).campaign();
      first.signal.addEventListener("abort", () => order.push("a ends"));
      const second = stands(steady, "b").campaign();
      void second.then(() => order.push("b leads"));
      await inLine("a", "b");
      isolate();
      await second;
      expect(first.signal.reason).toMatchObject({ code: "EXPIRED" });
      expect(order).toEqual(["a ends", "b leads"]);
      expect((await second).fencingToken > first.fencingToken).toBe(true);
    });
  });

  describe("whose session expires", () => {
    it("lets one who waited stand again, in the next session", async () => {
      const leader = await stands(steady, "leader").campaign();
      const second = stands(shaky, "b").campaign();
      await inLine("leader", "b");
      const place = await tokenOf("b");
      isolate();
      await inLine("leader");
      await state(shaky, "connecting");
      proxy.accept();
      await inLine("leader", "b");
      await leader.release();
      expect((await second).fencingToken > (place ?? 0n)).toBe(true);
    });

    it("lets lead go on, with a new session and a larger token", async () => {
      const won: Leadership[] = [];
      const stop = new AbortController();
      const leading = stands(shaky, "a", { onSuspended: "keep" }).lead(
        async (leadership) => {
          won.push(leadership);
          await new Promise((resolve) => leadership.signal.addEventListener("abort", resolve));
        },
        { signal: stop.signal },
      );
      await eventually(() => won.length === 1);
      isolate();
      await eventually(() => won[0]?.signal.aborted);
      proxy.accept();
      await eventually(() => won.length === 2);
      expect((won[1]?.fencingToken ?? 0n) > (won[0]?.fencingToken ?? 0n)).toBe(true);
      stop.abort();
      await leading;
      await inLine();
    });
  });

  describe("that loses", () => {
    it("the reply to the creation: finds the znode and stands with it", async () => {
      const lost = proxy.loseReply("create2");
      const leadership = await stands(shaky, "a").campaign();
      await lost;
      expect(await line()).toEqual(["a"]);
      expect(await tokenOf("a")).toBe(leadership.fencingToken);
    });

    it("the creation itself: finds nothing and makes it again", async () => {
      const lost = proxy.loseRequest("create2");
      await stands(shaky, "a").campaign();
      await lost;
      expect(await line()).toEqual(["a"]);
    });

    it("the reply to the creation of one who gives up: removes what nobody waits for", async () => {
      const patience = new AbortController();
      const lost = proxy.loseReply("create2");
      const campaign = stands(shaky, "a").campaign({ signal: patience.signal });
      await lost;
      patience.abort();
      await expect(campaign).rejects.toMatchObject({ code: "ABORTED" });
      await state(shaky, "connected");
      const b = await stands(steady, "b").campaign();
      await inLine("b");
      await b.release();
    });

    it("the reply to the creation of the parents", async () => {
      path = `${path}/deep/down`;
      const lost = proxy.loseReply("create");
      await stands(shaky, "a").campaign();
      await lost;
      expect(await line()).toEqual(["a"]);
    });

    it.each(["getChildren", "getData", "sync"] as const)("a reply to %s on the way", async (operation) => {
      const lost = [proxy.loseReply(operation), proxy.loseReply("create2")];
      await stands(shaky, "a").campaign();
      await Promise.all(lost);
      expect(await line()).toEqual(["a"]);
    });

    it.each(["loseRequest", "loseReply"] as const)("the deletion at release (%s): deletes again", async (lose) => {
      const leadership = await stands(shaky, "a").campaign();
      const lost = proxy[lose]("delete");
      await leadership.release();
      await lost;
      await inLine();
    });

    it("the connection: release does not wait for the next one", async () => {
      const leadership = await stands(shaky, "a", { onSuspended: "keep" }).campaign();
      isolate();
      await state(shaky, "suspended");
      await leadership.release();
      expect(await line()).toEqual(["a"]);
      proxy.accept();
      await inLine();
    });
  });

  it("wakes one candidate when the leader goes, not all", async () => {
    const first = await stands(steady, "leader").campaign();
    const waiting: Promise<Leadership>[] = [];
    for (const id of ["b", "c", "d", "e"]) {
      const zk = await connect(proxy.connectString);
      more.push(zk);
      const campaign = stands(zk, id).campaign();
      // Those behind the second are still waiting when the test ends.
      campaign.catch(() => {});
      waiting.push(campaign);
      await eventually(async () => (await line()).includes(id));
    }
    // Each has had its answers, and waits.
    await Promise.all(more.map((zk) => zk.getChildren(path)));
    const before = proxy.traffic;
    await first.release();
    const second = await waiting[0];
    expect(second?.id).toBe("b");
    await Promise.all(more.map((zk) => zk.sync(path)));
    expect(proxy.traffic.notifications - before.notifications).toBe(1);
    // One looks at the line and at its own znode; the others only did what the test asked for.
    expect(proxy.traffic.requests - before.requests).toBe(2 + more.length);
  });

  it("costs three round trips to win alone, one to give back, three to join the line and two more to win", async () => {
    const cost = async (act: () => Promise<unknown>): Promise<number> => {
      const before = proxy.traffic.requests;
      await act();
      return proxy.traffic.requests - before;
    };
    const a = stands(shaky, "a");
    let leadership: Leadership | undefined;
    expect(await cost(async () => (leadership = await a.campaign()))).toBe(3);
    expect(await cost(async () => leadership?.release())).toBe(1);
    const other = await stands(steady, "other").campaign();
    const spent = cost(() => a.campaign());
    await inLine("other", "a");
    await shaky.sync(path);
    await other.release();
    // create, children, predecessor; then children and our own znode; and the test's sync.
    expect(await spent).toBe(5 + 1);
  });
});
