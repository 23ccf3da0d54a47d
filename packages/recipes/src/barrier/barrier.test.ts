import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { Stage } from "../stage.js";
import { Barrier } from "./barrier.js";

describeOnEachEnsemble("a barrier", (ensemble) => {
  const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => stage.open());

  it("holds those who wait until somebody lifts it, and nobody where it is not set", async () => {
    const path = `${stage.newPath()}/deep`;
    const here = new Barrier(await stage.client(), { path });
    const there = new Barrier(await stage.client(), { path });
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

  it("holds through a lost connection and an expired session, and lets go though it was lifted meanwhile", async () => {
    const path = stage.newPath();
    const { zk, isolate, accept, reaches } = await stage.dying();
    const steady = new Barrier(await stage.client(), { path });
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

  it("is given up when the signal aborts, and leaves no watch", async () => {
    const path = stage.newPath();
    const zk = await stage.client();
    const barrier = new Barrier(zk, { path });
    await barrier.set();
    const stop = new AbortController();
    const waiting = barrier.wait({ signal: stop.signal });
    await zk.sync(path);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await eventually(async () => !(await zk.checkWatches(path, "any")));
  });

  it("is set and lifted once, though the answers are lost", async () => {
    const path = stage.newPath();
    const { zk, proxy } = await stage.shaky(15_000);
    const other = new Barrier(await stage.client(), { path });
    const barrier = new Barrier(zk, { path });
    const [set, found] = [proxy.loseReply("multi"), proxy.loseReply("exists")];
    const setting = barrier.set();
    await set;
    // Lifted while the one who set it does not know yet that it did.
    await other.lift();
    await Promise.all([setting, found]);
    expect(await other.isSet()).toBe(false);
    await other.set();
    // Not the deletion of a proof, which may be under way still.
    const lifted = proxy.loseReply((request) => request.operation === "delete" && request.path === path);
    const lifting = barrier.lift();
    await lifted;
    await other.set();
    await lifting;
    expect(await other.isSet()).toBe(true);
  });
});
