import { connect, type SessionState, type ZooKeeper } from "@conclave/client";
import { eventually, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, type EnsembleUnderTest, PATIENT_SESSION } from "@conclave/vitest";
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import type { LeaderElectionOptions } from "./election-options.js";
import { LeaderElection } from "./leader-election.js";
import type { Participant } from "./participant.js";

describeOnEachEnsemble("an election over a connection that breaks", (ensemble: EnsembleUnderTest) => {
  let path = "";
  let count = 0;
  let proxy: FaultProxy;
  let steady: ZooKeeper;
  let unstable: ZooKeeper;

  const electionOf = (zk: ZooKeeper, id: string, options: Partial<LeaderElectionOptions> = {}): LeaderElection =>
    new LeaderElection(zk, { ...(options as object), path, id });
  const state = (zk: ZooKeeper, wanted: SessionState): Promise<unknown> =>
    eventually(() => zk.state === wanted, { what: `state ${wanted}` });
  const participants = async (): Promise<Participant[]> => {
    // The server of the steady client may lag behind that of the other one.
    await steady.sync(path);
    return electionOf(steady, "observer").participants();
  };
  const queue = async (): Promise<string[]> => (await participants()).map(({ id }) => id);
  const waiters = (...ids: string[]): Promise<unknown> =>
    eventually(async () => (await queue()).join() === ids.join(), { what: `the queue ${ids.join()}` });
  const tokenOf = async (id: string): Promise<bigint | undefined> =>
    (await participants()).find((each) => each.id === id)?.fencingToken;
  /** Cuts the connection and refuses new ones, until `accept`. */
  const isolate = (): void => {
    proxy.refuse();
    proxy.cut();
  };

  beforeAll(async () => {
    const zk = await connect(ensemble.connectString(), PATIENT_SESSION);
    await zk.create(ensemble.root);
    await zk.close();
  });
  beforeEach(async () => {
    path = `${ensemble.root}/f${count++}`;
    const [target = ""] = ensemble.connectString().split(",");
    proxy = await startFaultProxy({ target });
    steady = await connect(ensemble.connectString(), { sessionTimeoutMs: PATIENT_SESSION_MS });
    unstable = await connect(proxy.connectString, { sessionTimeoutMs: PATIENT_SESSION_MS, backoff: { maxMs: 50 } });
    await steady.create(path);
  });
  afterEach(async () => {
    await Promise.all([steady, unstable].map((zk) => zk.close()));
    await proxy.close();
  });

  describe("with onSuspended revoke", () => {
    it("ends a leadership within the client's state event, and deletes its znode afterwards", async () => {
      const a = electionOf(unstable, "a");
      const first = await a.campaign();
      const seen = new Promise<[SessionState, boolean, unknown]>((resolve) => {
        unstable.on("state", ({ state: now }) => resolve([now, first.signal.aborted, a.current]));
      });
      proxy.cut();
      expect(await seen).toEqual(["suspended", true, undefined]);
      expect(first.signal.reason).toMatchObject({ code: "SUSPENDED" });
      const second = await a.campaign();
      expect(second.fencingToken > first.fencingToken).toBe(true);
      await waiters("a");
      expect(await tokenOf("a")).toBe(second.fencingToken);
    });
  });

  describe("with onSuspended keep", () => {
    const keep = { onSuspended: "keep" } as const;

    it("ends a leadership when the session expires by the client's clock, before another candidate leads", async () => {
      const order: string[] = [];
      const dying = await new TestContext({ ensemble, connect, startFaultProxy, onTestFinished }).dying();
      const first = await electionOf(dying.zk, "a", keep).campaign();
      first.signal.addEventListener("abort", () => order.push("a ends"));
      const second = electionOf(steady, "b").campaign();
      void second.then(() => order.push("b leads"));
      await waiters("a", "b");
      dying.isolate();
      await second;
      expect(first.signal.reason).toMatchObject({ code: "EXPIRED" });
      expect(order).toEqual(["a ends", "b leads"]);
      expect((await second).fencingToken > first.fencingToken).toBe(true);
    });
  });

  describe("with a lost reply or connection", () => {
    it("elects a candidate although the reply to the creation of the parents is lost", async () => {
      path = `${path}/deep/down`;
      const lost = proxy.loseReply("createContainer");
      await electionOf(unstable, "a").campaign();
      await lost;
      expect(await queue()).toEqual(["a"]);
    });

    it.each(["getChildren2", "getData", "sync"] as const)(
      "elects a candidate although a reply to %s is lost",
      async (operation) => {
        const lost = [proxy.loseReply(operation), proxy.loseReply("create2")];
        await electionOf(unstable, "a").campaign();
        await Promise.all(lost);
        expect(await queue()).toEqual(["a"]);
      },
    );

    it("releases a leadership without waiting for the next connection", async () => {
      const leadership = await electionOf(unstable, "a", { onSuspended: "keep" }).campaign();
      isolate();
      await state(unstable, "suspended");
      await leadership.release();
      expect(await queue()).toEqual(["a"]);
      proxy.accept();
      await waiters();
    });
  });
});
