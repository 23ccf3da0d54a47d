import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Latch } from "./latch.js";

describeOnEachEnsemble("a latch", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("opens when all have counted down, for present and later waiters", async () => {
    const path = `${context.newPath()}/deep`;
    const here = new Latch(await context.client(), { path, count: 3 });
    const there = new Latch(await context.client(), { path, count: 3 });
    const waiting = there.wait();
    expect(await here.remaining()).toBe(3);
    expect(await here.countDown()).toBe(2);
    expect(await there.countDown()).toBe(1);
    await expect(there.wait({ timeoutMs: 50 })).rejects.toThrow("was not granted within 50 ms");
    expect(await here.countDown()).toBe(0);
    await waiting;
    await there.wait();
    expect(await here.countDown()).toBe(0);
    await here.remove();
    expect(await here.remaining()).toBe(3);
  });

  it("counts each id once, also with many concurrent calls", async () => {
    const path = context.newPath();
    const clients = await Promise.all([context.client(), context.client()]);
    const latches = clients.map((zk) => new Latch(zk, { path, count: 20 }));
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => Promise.all(latches.map((latch) => latch.countDown({ id: `part/${i}` })))),
    );
    const [latch] = latches;
    expect(await latch!.remaining()).toBe(10);
    await Promise.all(Array.from({ length: 10 }, (_, i) => latches[i % 2]!.countDown()));
    await latch!.wait();
  });

  it("counts once although the reply and the session are lost", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate, accept, reaches } = await context.dying();
    const steady = new Latch(await context.client(), { path, count: 2 });
    const unstable = new Latch(zk, { path, count: 2 });
    for (const left of [1, 0]) {
      const lost = proxy.loseReply("multi");
      const counting = unstable.countDown();
      await lost;
      isolate();
      await reaches(left === 1 ? "suspended" : "expired");
      accept();
      expect(await counting).toBe(left);
    }
    await steady.wait();
  });

  it("keeps a waiter over an expired session", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const waiting = new Latch(zk, { path, count: 1 }).wait();
    isolate();
    await reaches("expired");
    await new Latch(await context.client(), { path, count: 1 }).countDown();
    accept();
    await waiting;
  });

  it("rejects a znode that is not a latch", async () => {
    const path = context.newPath();
    const zk = await context.client();
    await zk.create(path, "something else");
    await expect(new Latch(zk, { path, count: 1 }).countDown()).rejects.toThrow("is not a latch");
    expect(() => new Latch(zk, { path, count: 0 })).toThrow("1 or more");
    await eventually(async () => (await zk.getChildren(path)).length === 0);
  });
});
