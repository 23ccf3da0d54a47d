import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Mutex } from "../mutex/mutex.js";
import { ReadWriteLock } from "../read-write-lock/read-write-lock.js";
import { Semaphore } from "../semaphore/semaphore.js";
import type { LockGrant } from "./lock-grant.js";

/** Returns a promise, and the function that resolves it. */
function opened(): { readonly promise: Promise<void>; resolve(): void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, resolve: () => open() };
}

describeOnEachEnsemble("a lock over a connection that breaks", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("reports its position at each read of the queue", async () => {
    const zk = await context.client();
    const mutex = new Mutex(zk, { path: context.newPath() });
    const [first, second] = [await mutex.acquire(), mutex.acquire()];
    const positions: number[] = [];
    const third = mutex.acquire({ onPosition: (before) => void positions.push(before) });
    await eventually(() => positions.length === 1);
    await first.release();
    await (await second).release();
    await third;
    expect(positions).toEqual([2, 0]);
  });

  it("is acquired by one of several contenders whose attempts overlap", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const held = await new Mutex(await context.client(), { path }).acquire();
    const mutex = new Mutex(zk, { path });
    proxy.delay(30);
    const grants: LockGrant[] = [];
    const attempts: Promise<unknown>[] = [];
    const keepTrying = setInterval(() => {
      attempts.push(mutex.tryAcquire().then((grant) => grant && grants.push(grant)));
    }, 10);
    onTestFinished(() => clearInterval(keepTrying));
    await eventually(() => attempts.length >= 20);
    expect(grants).toEqual([]);
    await held.release();
    await eventually(() => grants.length > 0);
    clearInterval(keepTrying);
    await Promise.all(attempts);
    expect(grants).toHaveLength(1);
  });

  it("completes an attempt after the reconnection, and leaves no znode of it", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.unstable();
    const steady = new Mutex(await context.client(), { path });
    const unstable = new Mutex(zk, { path });
    const held = await steady.acquire();
    isolate();
    await reaches("suspended");
    const attempt = unstable.tryAcquire();
    accept();
    expect(await attempt).toBe(undefined);
    await eventually(async () => (await steady.contenders()).length === 1);
    await held.release();
    await zk.sync(path);
    const won = await unstable.tryAcquire();
    expect(won?.signal.aborted).toBe(false);
    await won?.release();
  });

  it("rejects an attempt whose signal aborts without a connection", async () => {
    const { zk, isolate, reaches } = await context.dying();
    const stop = new AbortController();
    isolate();
    await reaches("suspended");
    const attempt = new Mutex(zk, { path: context.newPath() }).tryAcquire({ signal: stop.signal });
    stop.abort();
    await expect(attempt).rejects.toMatchObject({ code: "ABORTED" });
  });

  it.each(["create2", "getChildren"] as const)("is acquired although a reply to %s is lost", async (operation) => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path });
    await (await mutex.acquire()).release();
    const lost = proxy.loseReply(operation);
    await using grant = await mutex.acquire();
    await lost;
    expect(grant.signal.aborted).toBe(false);
    expect(await mutex.contenders()).toHaveLength(1);
  });

  it("is kept with onSuspended keep although the reply to the read of its own znode is lost", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const mutex = new Mutex(zk, { path, onSuspended: "keep" });
    await (await mutex.acquire()).release();
    const lost = proxy.loseReply("getData");
    await using grant = await mutex.acquire();
    await lost;
    await zk.delete(grant.path).catch(() => zk.delete(grant.path));
    await eventually(() => grant.signal.aborted, { what: "the end of the grant, by the repeated read" });
    expect(grant.signal.reason).toMatchObject({ code: "GONE" });
  });

  it("leaves no znode of a wait that was aborted, timed out, released or lost a reply", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const steady = new Mutex(await context.client(), { path });
    const mutex = new Mutex(zk, { path });
    const held = await steady.acquire();
    const stop = new AbortController();
    const given = mutex.acquire({ signal: stop.signal });
    const late = mutex.acquire({ timeoutMs: 1 });
    await expect(late).rejects.toThrow("was not granted within 1 ms");
    const lost = proxy.loseReply("create2");
    const third = mutex.acquire();
    await lost;
    stop.abort();
    await expect(given).rejects.toMatchObject({ code: "ABORTED" });
    await held.release();
    const grant = await third;
    const deletion = proxy.loseRequest("delete");
    await grant.release();
    await deletion;
    await eventually(async () => (await steady.contenders()).length === 0);
  });

  it("is acquired again after its session expired, with a larger token", async () => {
    const path = context.newPath();
    const { zk, isolate, accept } = await context.dying();
    const mutex = new Mutex(zk, { path, onSuspended: "keep" });
    const first = await mutex.acquire();
    isolate();
    await eventually(() => first.signal.aborted);
    expect(first.signal.reason).toMatchObject({ code: "EXPIRED" });
    accept();
    const second = await mutex.acquire();
    expect(second.fencingToken > first.fencingToken).toBe(true);
  });

  it("rejects a guarded transaction once another contender holds it", async () => {
    const path = context.newPath();
    const { zk, isolate, accept } = await context.dying();
    const other = await context.client();
    const first = await new Mutex(zk, { path }).acquire();
    isolate();
    await new Mutex(other, { path }).acquire();
    accept();
    await eventually(() => zk.state === "connected");
    await expect(first.guard(zk.transaction()).setData(path, "late").commit()).rejects.toMatchObject({
      code: "NO_NODE",
    });
  });

  it("makes a run in another asynchronous context wait although it is reentrant", async () => {
    const mutex = new Mutex(await context.client(), { path: context.newPath(), reentrant: true });
    const order: string[] = [];
    let enter = (): void => {};
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    let finish = (): void => {};
    const mayEnd = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const outer = mutex.run(async () => {
      enter();
      await mutex.run(() => void order.push("within"));
      await mayEnd;
      order.push("outer ends");
    });
    await entered;
    const beside = mutex.run(() => void order.push("beside"));
    await eventually(async () => (await mutex.contenders()).length === 2);
    finish();
    await Promise.all([outer, beside]);
    expect(order).toEqual(["within", "outer ends", "beside"]);
  });

  it("is not released while a nested run continues that its task did not await", async () => {
    const path = context.newPath();
    const mutex = new Mutex(await context.client(), { path, reentrant: true });
    const other = new Mutex(await context.client(), { path });
    const { promise: mayEnd, resolve: finish } = opened();
    const inside: string[] = [];
    const { promise: entered, resolve: enter } = opened();
    const outer = mutex.run(() => {
      void mutex.run(async (grant) => {
        enter();
        // Also for a run within this one.
        await mutex.run(() => mayEnd);
        inside.push(`aborted: ${grant.signal.aborted}`);
      });
    });
    await entered;
    const next = other.run(() => void inside.push("next"));
    await eventually(async () => (await other.contenders()).length === 2, { what: "the next contender" });
    finish();
    await Promise.all([outer, next]);
    expect(inside).toEqual(["aborted: false", "next"]);
  });

  it.each([true, false])("does not run timers of a settled task under its grant: reentrant %s", async (reentrant) => {
    const path = context.newPath();
    const mutex = new Mutex(await context.client(), { path, reentrant });
    const { promise: hasEnded, resolve: end } = opened();
    let later: Promise<bigint> | undefined;
    const first = await mutex.run((grant) => {
      later = hasEnded.then(() => mutex.run(({ fencingToken }) => fencingToken));
      return grant.fencingToken;
    });
    end();
    expect(await later).toBeGreaterThan(first);
  });

  it("is acquired again by a continuation of a settled task while a nested run continues", async () => {
    const mutex = new Mutex(await context.client(), { path: context.newPath(), reentrant: true });
    const [nestedMayEnd, hasSettled] = [opened(), opened()];
    let later: Promise<bigint> | undefined;
    let first = 0n;
    const outer = mutex.run((grant) => {
      first = grant.fencingToken;
      void mutex.run(() => nestedMayEnd.promise);
      later = hasSettled.promise.then(() => mutex.run(({ fencingToken }) => fencingToken));
    });
    await eventually(() => later !== undefined, { what: "the task" });
    // Runs after the task has returned.
    await new Promise((resolve) => setImmediate(resolve));
    hasSettled.resolve();
    await eventually(async () => (await mutex.contenders()).length === 2, { what: "a second contender in the queue" });
    nestedMayEnd.resolve();
    await outer;
    expect(await later).toBeGreaterThan(first);
  });

  it("rejects a run within a run when it is not reentrant, instead of waiting for itself", async () => {
    const mutex = new Mutex(await context.client(), { path: context.newPath() });
    await expect(mutex.run(() => mutex.run(() => {}))).rejects.toThrow("would wait for itself");
    expect(await mutex.contenders()).toEqual([]);
  });

  it("reports a request for revocation that was made while its connection was lost", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.unstable();
    const grant = await new Mutex(zk, { path, onSuspended: "keep" }).acquire();
    const other = new Mutex(await context.client(), { path });
    isolate();
    await reaches("suspended");
    expect(await other.requestRevocation()).toBe(true);
    accept();
    await eventually(() => grant.revocationRequested.aborted);
    expect(grant.signal.aborted).toBe(false);
    await grant.release();
    expect(await other.requestRevocation()).toBe(false);
  });

  it("downgrades from writer to reader without admitting another writer, and rejects the downgrade once it is lost", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate } = await context.unstable();
    const lock = new ReadWriteLock(zk, { path });
    const other = new ReadWriteLock(await context.client(), { path });
    const lost = proxy.loseReply("create2");
    const write = await lock.write.acquire();
    await lost;
    const read = await write.downgrade();
    expect([write.signal.aborted, read?.signal.aborted]).toEqual([true, false]);
    expect(await other.write.tryAcquire()).toBe(undefined);
    await read?.release();
    const again = await lock.write.acquire();
    isolate();
    await eventually(() => again.signal.aborted);
    await expect(again.downgrade()).rejects.toMatchObject({ code: "SUSPENDED" });
  });

  it("never grants more permits than there are, and regains those of a dead holder", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate } = await context.dying();
    const steady = new Semaphore(await context.client(), { path, permits: 3 });
    const unstable = new Semaphore(zk, { path, permits: 3 });
    const lost = proxy.loseReply("create2");
    const two = await unstable.acquire({ permits: 2 });
    await lost;
    await using one = await steady.acquire();
    expect(await steady.holders()).toHaveLength(3);
    expect(await steady.tryAcquire()).toBe(undefined);
    const next = steady.acquire({ permits: 2 });
    isolate();
    expect((await next).signal.aborted).toBe(false);
    expect([two.signal.aborted, one.signal.aborted]).toEqual([true, false]);
    expect(await steady.holders()).toHaveLength(3);
    await (await next).release();
  });

  it("releases acquired permits when the rest is not granted in time", async () => {
    const path = context.newPath();
    const semaphore = new Semaphore(await context.client(), { path, permits: 3 });
    const two = await semaphore.acquire({ permits: 2 });
    await expect(semaphore.acquire({ permits: 2, timeoutMs: 200 })).rejects.toThrow("within 200 ms");
    await eventually(async () => (await semaphore.holders()).length === 2);
    await two.release();
    await (await semaphore.acquire({ permits: 3 })).release();
    expect(await semaphore.holders()).toEqual([]);
  });
});
