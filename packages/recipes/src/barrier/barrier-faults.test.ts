/* Barriers at their edges; barrier.test.ts has the usual course. */
import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble, PATIENT_SESSION } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { Barrier, type BarrierOptions } from "./barrier.js";

describeOnEachEnsemble("a barrier of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const barrierAt = (zk: ZooKeeper, path: string, options: Partial<BarrierOptions> = {}): Barrier =>
    new Barrier(zk, { ...(options as object), path });
  const only = (permissions: number) => [{ permissions, id: { scheme: "world", id: "anyone" } }];

  it("is set with its ACL, below missing parents, and leaves no other znode", async () => {
    const zk = await context.client();
    const parent = `${context.newPath()}/deep`;
    const acl = only(Permission.ALL & ~Permission.ADMIN);
    const barrier = barrierAt(zk, `${parent}/b`, { acl });
    expect([barrier.path, await barrier.isSet()]).toEqual([`${parent}/b`, false]);
    await barrier.set();
    await barrier.set();
    expect([await barrier.isSet(), (await zk.getACL(barrier.path)).acl]).toEqual([true, acl]);
    expect((await zk.getACL(parent)).acl).toEqual(acl);
    await eventually(async () => (await zk.getChildren(parent)).join() === "b");
  });

  it("keeps its waiters while its data changes, and until it is lifted", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const clock = new TestClock();
    const barrier = barrierAt(other, path, { clock });
    await barrier.set();
    let hasPassed = false;
    const waiting = barrierAt(zk, path)
      .wait()
      .then(() => {
        hasPassed = true;
      });
    await settled(zk);
    await other.setData(path, "note");
    await settled(zk);
    expect(hasPassed).toBe(false);
    const late = expect(barrier.wait({ timeoutMs: 10 })).rejects.toThrow(
      `the passage of the barrier ${path} was not granted within 10 ms`,
    );
    await settled(other);
    clock.advance(10);
    await late;
    await barrier.lift();
    await waiting;
    await barrierAt(zk, path).wait();
  });

  it("is lifted although its data changes between the read and the deletion", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await barrierAt(zk, path).set();
    let reads = 0;
    const late = withMethods(zk, {
      exists: async (at, options) => {
        const stat = await zk.exists(at, options);
        if (++reads === 1) await other.setData(path, "note");
        return stat;
      },
    });
    await barrierAt(late, path).lift();
    expect(await other.exists(path)).toBe(null);
    expect(reads).toBeGreaterThan(1);
  });

  it("is waited for, and lifted, by reads that are as recent as the call", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    let isLagging = true;
    const late = withMethods(zk, {
      sync: (at, options) => {
        isLagging = false;
        return zk.sync(at, options);
      },
      exists: async (at, options) => (isLagging ? null : zk.exists(at, options)),
      getData: (at, options) => zk.getData(isLagging ? `${at}-none` : at, options),
    });
    await barrierAt(other, path).set();
    const stop = new AbortController();
    const waiting = barrierAt(late, path).wait({ signal: stop.signal });
    await settled(zk);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    isLagging = true;
    await barrierAt(late, path).lift();
    expect(await other.exists(path)).toBe(null);
  });

  it("is not lifted by a call that is aborted or not allowed between the read and the deletion", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    await zk.create(parent, null, { acl: only(Permission.READ | Permission.CREATE) });
    await zk.create(`${parent}/b`);
    await expect(barrierAt(zk, `${parent}/b`).lift()).rejects.toMatchObject({ code: "NO_AUTH" });
    const path = context.newPath();
    await zk.create(path);
    const stop = new AbortController();
    const late = withMethods(zk, {
      exists: async (at, options) => {
        const stat = await zk.exists(at, options);
        stop.abort();
        return stat;
      },
    });
    await expect(barrierAt(late, path).lift({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(await barrierAt(zk, path).isSet()).toBe(true);
  });

  it("is lifted by the second read, after a pause on its clock, if the reply to the first is lost", async () => {
    const { zk, proxy } = await context.unstable();
    const [path, clock] = [context.newPath(), new TestClock()];
    await zk.create(path);
    const lost = proxy.loseReply("exists");
    const lifting = barrierAt(zk, path, { clock }).lift();
    await lost;
    await eventually(() => clock.pending === 1);
    clock.advance(clock.delays[0]!);
    await lifting;
    expect(await zk.exists(path)).toBe(null);
  });

  it("rejects set if the client's chroot was deleted", async () => {
    const [other, chroot] = [await context.client(), context.newPath()];
    await other.create(chroot);
    await using zk = await connect(oneServer(ensemble).connectString() + chroot, PATIENT_SESSION);
    await other.delete(chroot);
    await expect(barrierAt(zk, "/b").set()).rejects.toMatchObject({ code: "NO_NODE" });
  });

  it("rejects calls that are not allowed or aborted, and options that are wrong", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    await zk.create(parent, null, { acl: only(Permission.READ | Permission.ADMIN) });
    const denied = { code: "NO_AUTH" };
    await expect(barrierAt(zk, `${parent}/b`).set()).rejects.toMatchObject(denied);
    await expect(barrierAt(zk, `${parent}/below/b`).set()).rejects.toMatchObject(denied);
    await barrierAt(zk, `${parent}/b`).lift();
    const hidden = context.newPath();
    await zk.create(hidden, null, { acl: only(Permission.WRITE) });
    await expect(barrierAt(zk, hidden).wait()).rejects.toMatchObject(denied);
    const barrier = barrierAt(zk, context.newPath());
    const signal = AbortSignal.abort();
    await Promise.all(
      [barrier.set({ signal }), barrier.lift({ signal }), barrier.wait({ signal }), barrier.isSet({ signal })].map(
        (call) => expect(call).rejects.toMatchObject({ code: "ABORTED" }),
      ),
    );
    expect(new Barrier(zk, { name: "b" }).path).toBe("/conclave/barriers/b");
    expect(() => barrierAt(zk, "a")).toThrow('"a" cannot be the path of a barrier');
  });
});
