import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { Mutex } from "../mutex/mutex.js";
import { Stage } from "../stage.js";

describeOnEachEnsemble("a place in line", (ensemble) => {
  const stage = new Stage({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => stage.open());

  it("sends its look at the line together with its creation", async () => {
    const { zk, proxy } = await stage.shaky(15_000);
    const mutex = new Mutex(zk, { path: stage.newPath() });
    await (await mutex.acquire()).release();
    const before = proxy.traffic.requests;
    proxy.freeze("requests");
    const acquiring = mutex.acquire();
    await eventually(() => proxy.traffic.requests === before + 2, { what: "creation and look" });
    proxy.thaw();
    expect((await acquiring).signal.aborted).toBe(false);
    expect(proxy.traffic.requests).toBe(before + 3);
  });

  it("sends its look at the line together with that at its own znode where the only one before it has gone", async () => {
    const { zk, proxy } = await stage.shaky(15_000);
    const path = stage.newPath();
    const held = await new Mutex(await stage.client(), { path }).acquire();
    const start = proxy.traffic.requests;
    const acquiring = new Mutex(zk, { path }).acquire();
    await eventually(() => proxy.traffic.requests === start + 3 && proxy.traffic.notifications === 0);
    const waiting = await new Mutex(zk, { path }).contenders();
    expect(waiting).toHaveLength(2);
    const before = proxy.traffic.requests;
    proxy.freeze("requests");
    await held.release();
    await eventually(() => proxy.traffic.requests === before + 2, { what: "both looks" });
    proxy.thaw();
    expect((await acquiring).signal.aborted).toBe(false);
    expect(proxy.traffic.requests).toBe(before + 2);
  });

  it("looks again where the look that it sent ahead was lost with the connection", async () => {
    const { zk, proxy } = await stage.shaky(15_000);
    const mutex = new Mutex(zk, { path: stage.newPath() });
    await (await mutex.acquire()).release();
    const before = proxy.traffic.requests;
    const lost = proxy.loseReply(({ operation }) => operation === "getChildren");
    const grant = await mutex.acquire();
    await lost;
    expect(grant.signal.aborted).toBe(false);
    // Creation and look; that look again, and our own znode.
    expect(proxy.traffic.requests).toBe(before + 4);
  });
});
