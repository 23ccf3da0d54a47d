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
  });

  it("is granted by its look at the line, and hears of the end of its znode though that came before it was watched", async () => {
    const { zk, proxy } = await stage.shaky(15_000);
    const path = stage.newPath();
    const other = await stage.client();
    const mutex = new Mutex(zk, { path });
    await (await mutex.acquire()).release();
    const acquiring = mutex.acquire({
      // Just before the grant: what follows it does not reach the server yet.
      onPosition: () => proxy.freeze("requests"),
    });
    const grant = await acquiring;
    expect(grant.signal.aborted).toBe(false);
    await other.sync(path);
    await other.delete(grant.path);
    proxy.thaw();
    await eventually(() => grant.signal.aborted, { what: "the end of the grant" });
    expect(grant.signal.reason).toMatchObject({ code: "GONE" });
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
    // Creation and look; that look again; and our own znode, in the background.
    await eventually(() => proxy.traffic.requests === before + 4, { what: "four requests" });
  });
});
