import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { LeaderElection } from "./leader-election.js";

describeOnEachEnsemble("a transfer of leadership", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const queue = async (election: LeaderElection): Promise<string[]> =>
    (await election.participants()).map(({ id }) => id);

  it("passes to the nominee, and the candidates in between keep their order", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const elections = ["a", "b", "c", "d"].map((id) => new LeaderElection(zk, { path, id }));
    const [a, , , d] = elections;
    const first = await a!.campaign();
    const order: string[] = [];
    for (const each of elections.slice(1)) {
      const before = (await queue(a!)).length;
      void each.campaign().then(async (leadership) => {
        order.push(leadership.id);
        if (leadership.id !== "d") await leadership.release();
      });
      await eventually(async () => (await queue(a!)).length > before);
    }
    await first.transferTo("d");
    expect(first.signal.reason).toMatchObject({ code: "RELEASED" });
    await eventually(() => d!.current !== undefined);
    expect(order).toEqual(["d"]);
    await eventually(async () => (await queue(a!)).join() === "d,b,c");
    // The nomination has been removed, so the next leader is the first waiting candidate.
    await eventually(async () => (await zk.getData(path)).data === null);
    await d!.current!.release();
    await eventually(() => order.length === 3);
    expect(order).toEqual(["d", "b", "c"]);
  });

  it("is rejected, and the leader stays, when no waiting candidate has the id", async () => {
    const election = new LeaderElection(await context.client(), { path: context.newPath(), id: "a" });
    const leadership = await election.campaign();
    await expect(leadership.transferTo("b")).rejects.toThrow("no participant called b waits");
    await expect(leadership.transferTo("a")).rejects.toThrow("no participant called a waits");
    expect(election.current).toBe(leadership);
  });

  it("passes to the first waiting candidate when the session of the nominee ends before it leads", async () => {
    const path = context.newPath();
    const nominee = await context.unstable();
    const zk = await context.client();
    const a = new LeaderElection(zk, { path, id: "a" });
    const first = await a.campaign();
    const b = new LeaderElection(zk, { path, id: "b" }).campaign();
    await eventually(async () => (await queue(a)).length === 2);
    new LeaderElection(nominee.zk, { path, id: "c" }).campaign().catch(() => {});
    await eventually(async () => (await queue(a)).length === 3);
    nominee.isolate();
    await nominee.reaches("suspended");
    await first.transferTo("c");
    await nominee.expire();
    const second = await b;
    expect(second.fencingToken > first.fencingToken).toBe(true);
    await eventually(async () => (await queue(a)).join() === "b");
  });
});
