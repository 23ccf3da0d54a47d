import { connect, Permission } from "@conclave/client";
import { type Clock, systemClock } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Mutex } from "../mutex/mutex.js";

describeOnEachEnsemble("a place in line", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("sends its look at the line together with its creation", async () => {
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path: context.newPath() });
    await (await mutex.acquire()).release();
    const before = proxy.traffic.requests;
    proxy.freeze("requests");
    const acquiring = mutex.acquire();
    await eventually(() => proxy.traffic.requests === before + 2, { what: "creation and look" });
    proxy.thaw();
    expect((await acquiring).signal.aborted).toBe(false);
  });

  it("is granted by its look at the line, and hears of the end of its znode though that came before it was watched", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    const other = await context.client();
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

  describe("of one who is next", () => {
    /** One who holds, and one who is next behind a proxy, with the clock of its recipe. */
    const waiters = async (clock?: Clock) => {
      const { zk, proxy, reaches } = await context.unstable();
      const path = context.newPath();
      const other = await context.client();
      const holder = await new Mutex(other, { path }).acquire();
      await zk.sync(path);
      const mutex = new Mutex(zk, { path, clock });
      const positions: number[] = [];
      const { requests } = proxy.traffic;
      const acquiring = mutex.acquire({ onPosition: (before) => void positions.push(before) });
      // Creation, look, our own znode and the one ahead.
      await eventually(() => proxy.traffic.requests === requests + 4, { what: "the place in line" });
      const waiting = await eventually(() => mutex.contenders(), { until: ({ length }) => length === 2 });
      return { zk, proxy, reaches, other, holder, mutex, acquiring, positions, own: waiting[1]!.path };
    };

    it("is granted by the word that the one ahead is gone, without asking anybody", async () => {
      const { proxy, holder, acquiring, positions } = await waiters();
      proxy.freeze("requests");
      await holder.release();
      const grant = await acquiring;
      expect([grant.signal.aborted, positions]).toEqual([false, [1, 0]]);
      proxy.thaw();
      await grant.release();
    });

    it("looks at the line where its session may be over, as after a long pause of the process", async () => {
      let slept = 0;
      const { proxy, holder, acquiring } = await waiters({ ...systemClock, now: () => systemClock.now() + slept });
      slept = 15_000;
      proxy.freeze("requests");
      let isGranted = false;
      void acquiring.then(() => {
        isGranted = true;
      });
      const { requests } = proxy.traffic;
      await holder.release();
      await eventually(() => proxy.traffic.requests === requests + 1, { what: "a look" });
      expect(isGranted).toBe(false);
      proxy.thaw();
      await (await acquiring).release();
    });

    it("stands again at once when its own znode is deleted", async () => {
      const { mutex, other, holder, acquiring, own } = await waiters();
      await other.delete(own);
      const [, again] = await eventually(() => mutex.contenders(), {
        until: (contenders) => contenders.length === 2 && contenders[1]?.path !== own,
      });
      await holder.release();
      expect((await acquiring).path).toBe(again?.path);
    });

    it("is not granted where one transaction takes its znode away with the one ahead", async () => {
      const { proxy, other, mutex, holder, acquiring, positions, own } = await waiters();
      const { notifications } = proxy.traffic;
      proxy.freeze("replies");
      await other.transaction().delete(holder.path).delete(own).commit();
      await eventually(() => proxy.traffic.notifications === notifications + 2, { what: "word of both" });
      proxy.thaw();
      const grant = await acquiring;
      expect([grant.signal.aborted, grant.path === own, positions]).toEqual([false, false, [1, 0]]);
      expect((await mutex.contenders()).map(({ path }) => path)).toEqual([grant.path]);
    });

    it("hears with its grant of a wish from before", async () => {
      const { other, holder, acquiring, own } = await waiters();
      await other.setData(own, "__REVOKE__");
      await holder.release();
      const grant = await acquiring;
      await eventually(() => grant.wanted.aborted, { what: "the wish" });
      expect([grant.path, grant.signal.aborted]).toEqual([own, false]);
    });

    it("looks at the line after its connection was lost", async () => {
      const { zk, proxy, reaches, holder, acquiring } = await waiters();
      const suspended = reaches("suspended");
      proxy.cut();
      await suspended;
      await reaches("connected");
      await zk.sync("/");
      const { requests } = proxy.traffic;
      await holder.release();
      const grant = await acquiring;
      await eventually(() => proxy.traffic.requests === requests + 2, { what: "the line and our own znode" });
      expect(grant.signal.aborted).toBe(false);
    });
  });

  it("says where its ACL does not let it watch its own znode, and what to do", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    const permissions = Permission.CREATE | Permission.WRITE | Permission.DELETE | Permission.ADMIN;
    const acl = [{ permissions, id: { scheme: "world", id: "anyone" } }];
    const grant = await new Mutex(zk, { path, acl }).acquire();
    await eventually(() => grant.signal.aborted, { what: "the end of the grant" });
    expect(grant.signal.reason).toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("Grant READ to all participants"),
      cause: { code: "NO_AUTH" },
    });
    await eventually(async () => (await zk.getChildren(path)).length === 0, { what: "its znode gone" });
    await using held = await new Mutex(zk, { path }).acquire();
    await expect(new Mutex(zk, { path, acl }).acquire()).rejects.toMatchObject({ code: "NO_AUTH" });
    expect(held.signal.aborted).toBe(false);
  });

  it("looks again where the look that it sent ahead was lost with the connection", async () => {
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path: context.newPath() });
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
