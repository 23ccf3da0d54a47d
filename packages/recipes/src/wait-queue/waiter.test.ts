import { connect, Permission } from "@conclave/client";
import { type Clock, systemClock } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Mutex } from "../mutex/mutex.js";

describeOnEachEnsemble("a waiter", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("sends the creation of its znode and the first read of the queue together", async () => {
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path: context.newPath() });
    await (await mutex.acquire()).release();
    const before = proxy.traffic.requests;
    proxy.freeze("requests");
    const acquiring = mutex.acquire();
    await eventually(() => proxy.traffic.requests === before + 2, { what: "the creation and the read of the queue" });
    proxy.thaw();
    expect((await acquiring).signal.aborted).toBe(false);
  });

  it("loses a grant when its znode was deleted between the read of the queue and the watch", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    const other = await context.client();
    const mutex = new Mutex(zk, { path });
    await (await mutex.acquire()).release();
    const acquiring = mutex.acquire({
      // Called just before the grant; requests after it do not reach the server.
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

  describe("with one predecessor", () => {
    /** A holder, and a waiter behind a proxy with the holder as its predecessor; `clock` is that of the waiter's mutex. */
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
      // Creation, read of the queue, own znode and predecessor.
      await eventually(() => proxy.traffic.requests === requests + 4, { what: "the requests of the waiter" });
      const waiting = await eventually(() => mutex.contenders(), { until: ({ length }) => length === 2 });
      return { zk, proxy, reaches, other, holder, mutex, acquiring, positions, own: waiting[1]!.path };
    };

    it("is granted without a request when its predecessor is deleted", async () => {
      const { proxy, holder, acquiring, positions } = await waiters();
      proxy.freeze("requests");
      await holder.release();
      const grant = await acquiring;
      expect([grant.signal.aborted, positions]).toEqual([false, [1, 0]]);
      proxy.thaw();
      await grant.release();
    });

    it("reads the queue before the grant when its session may have expired, as after a long pause of the process", async () => {
      let sleptMs = 0;
      const { zk, proxy, holder, acquiring } = await waiters({
        ...systemClock,
        now: () => systemClock.now() + sleptMs,
      });
      sleptMs = zk.sessionTimeoutMs;
      proxy.freeze("requests");
      let isGranted = false;
      void acquiring.then(() => {
        isGranted = true;
      });
      const { requests } = proxy.traffic;
      await holder.release();
      await eventually(() => proxy.traffic.requests === requests + 1, { what: "a read of the queue" });
      expect(isGranted).toBe(false);
      proxy.thaw();
      await (await acquiring).release();
    });

    it("queues again at once when its own znode is deleted", async () => {
      const { mutex, other, holder, acquiring, own } = await waiters();
      await other.delete(own);
      const [, again] = await eventually(() => mutex.contenders(), {
        until: (contenders) => contenders.length === 2 && contenders[1]?.path !== own,
      });
      await holder.release();
      expect((await acquiring).path).toBe(again?.path);
    });

    it("is not granted when one transaction deletes its znode and its predecessor", async () => {
      const { proxy, other, mutex, holder, acquiring, positions, own } = await waiters();
      const { notifications } = proxy.traffic;
      proxy.freeze("replies");
      await other.transaction().delete(holder.path).delete(own).commit();
      await eventually(() => proxy.traffic.notifications === notifications + 2, { what: "both notifications" });
      proxy.thaw();
      const grant = await acquiring;
      expect([grant.signal.aborted, grant.path === own, positions]).toEqual([false, false, [1, 0]]);
      expect((await mutex.contenders()).map(({ path }) => path)).toEqual([grant.path]);
    });

    it("reports with its grant a request for revocation that was made before", async () => {
      const { other, holder, acquiring, own } = await waiters();
      await other.setData(own, "__REVOKE__");
      await holder.release();
      const grant = await acquiring;
      await eventually(() => grant.revocationRequested.aborted, { what: "the request for revocation" });
      expect([grant.path, grant.signal.aborted]).toEqual([own, false]);
    });

    it("reads the queue before the grant when its connection was lost", async () => {
      const { zk, proxy, reaches, holder, acquiring } = await waiters();
      const suspended = reaches("suspended");
      proxy.cut();
      await suspended;
      await reaches("connected");
      await zk.sync("/");
      const { requests } = proxy.traffic;
      await holder.release();
      const grant = await acquiring;
      await eventually(() => proxy.traffic.requests === requests + 2, {
        what: "the reads of the queue and the own znode",
      });
      expect(grant.signal.aborted).toBe(false);
    });
  });

  it("ends a grant whose znode it may not watch with an error that names the missing permission", async () => {
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
    await eventually(async () => (await zk.getChildren(path)).length === 0, { what: "the deletion of its znode" });
    await using held = await new Mutex(zk, { path }).acquire();
    await expect(new Mutex(zk, { path, acl }).acquire()).rejects.toMatchObject({ code: "NO_AUTH" });
    expect(held.signal.aborted).toBe(false);
  });

  it("reads the queue again when the read that was sent with the creation was lost", async () => {
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path: context.newPath() });
    await (await mutex.acquire()).release();
    const before = proxy.traffic.requests;
    const lost = proxy.loseReply(({ operation }) => operation === "getChildren");
    const grant = await mutex.acquire();
    await lost;
    expect(grant.signal.aborted).toBe(false);
    // The creation, the lost read of the queue, its repetition, and the read of the own znode in the background.
    await eventually(() => proxy.traffic.requests === before + 4, { what: "four requests" });
  });
});
