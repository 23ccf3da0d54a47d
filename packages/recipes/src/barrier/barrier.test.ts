import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Barrier } from "./barrier.js";

describeOnEachEnsemble("a barrier", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("blocks waiters until it is lifted, and none when it is not set", async () => {
    const path = `${context.newPath()}/deep`;
    const here = new Barrier(await context.client(), { path });
    const there = new Barrier(await context.client(), { path });
    await here.wait();
    await here.set();
    await there.set();
    expect(await here.isSet()).toBe(true);
    const passed: string[] = [];
    const all = ["a", "b"].map((name) => there.wait().then(() => passed.push(name)));
    await expect(there.wait({ timeoutMs: 100 })).rejects.toThrow("was not granted within 100 ms");
    expect(passed).toEqual([]);
    await here.lift();
    await here.lift();
    await Promise.all(all);
    expect(await here.isSet()).toBe(false);
  });

  it("stays set over a lost connection and an expired session, and releases a waiter that missed the lift", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const steady = new Barrier(await context.client(), { path });
    for (const state of ["suspended", "expired"] as const) {
      await steady.set();
      const waiting = new Barrier(zk, { path }).wait();
      await eventually(async () => (await steady.isSet()) && zk.state === "connected");
      await zk.sync(path);
      isolate();
      await reaches(state);
      await steady.lift();
      accept();
      await waiting;
    }
  });

  it("leaves no watch of an aborted wait", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const barrier = new Barrier(zk, { path });
    await barrier.set();
    const stop = new AbortController();
    const waiting = barrier.wait({ signal: stop.signal });
    await zk.sync(path);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await eventually(async () => !(await zk.checkWatches(path, "any")));
  });

  it("is set and lifted once although the replies are lost", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const other = new Barrier(await context.client(), { path });
    const barrier = new Barrier(zk, { path });
    const [set, found] = [proxy.loseReply("multi"), proxy.loseReply("exists")];
    const setting = barrier.set();
    await set;
    // Another client lifts the barrier before `set` knows that it was applied.
    await other.lift();
    await Promise.all([setting, found]);
    expect(await other.isSet()).toBe(false);
    await other.set();
    // The deletion of the proof of `set` may still be pending: do not count that.
    const lifted = proxy.loseReply((request) => request.operation === "delete" && request.path === path);
    const lifting = barrier.lift();
    await lifted;
    await other.set();
    await lifting;
    expect(await other.isSet()).toBe(true);
  });
});
