import { CreateMode, connect, Permission, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { Mutex, type MutexOptions } from "../mutex/mutex.js";

describeOnEachEnsemble("a lock with a queue", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const mutexAt = (zk: ZooKeeper, path: string, options: Partial<MutexOptions> = {}): Mutex =>
    new Mutex(zk, { ...(options as object), path });
  const onlyAllowed = (permissions: number) => [{ permissions, id: { scheme: "world", id: "anyone" } }];
  /** Creates a contender's znode by hand; returns its path. */
  const createContender = (zk: ZooKeeper, path: string, data: string | null, permissions: number = Permission.ALL) =>
    zk.create(`${path}/_c_00000000-0000-0000-0000-000000000000-lock-`, data, {
      ...{ mode: CreateMode.EPHEMERAL_SEQUENTIAL, acl: onlyAllowed(permissions) },
    });

  it("lists its contenders in queue order, with their ids, tokens and sessions; none before the first", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const [named, nameless] = [mutexAt(zk, path, { id: "a" }), mutexAt(other, path)];
    expect(await named.contenders()).toEqual([]);
    const first = await named.acquire();
    const second = nameless.acquire();
    const contenders = await eventually(() => named.contenders(), { until: ({ length }) => length === 2 });
    await first.release();
    const { path: secondPath, fencingToken } = await second;
    expect(contenders).toEqual([
      { id: "a", path: first.path, fencingToken: first.fencingToken, sessionId: zk.sessionId },
      { id: "", path: secondPath, fencingToken, sessionId: other.sessionId },
    ]);
  });

  it("lists a contender without data with an empty id, and leaves out one that left between the two reads", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    const contender = await createContender(zk, path, null);
    const gone = "_c_00000000-0000-0000-0000-000000000000-lock-0000000007";
    const late = withMethods(zk, { getChildren: async (of) => [...(await zk.getChildren(of)), gone] });
    expect(await mutexAt(late, path).contenders()).toMatchObject([{ id: "", path: contender }]);
  });

  it.each([
    ["its contenders", "contenders", Permission.WRITE],
    ["a request for revocation", "requestRevocation", Permission.READ],
  ] as const)(
    "rejects %s if the ACL of the first contender does not allow it, or the signal has aborted",
    async (...given) => {
      const [, method, permissions] = given;
      const zk = await context.client();
      const path = context.newPath();
      await zk.create(path);
      await createContender(zk, path, "a", permissions);
      await expect(mutexAt(zk, path)[method]()).rejects.toMatchObject({ code: "NO_AUTH" });
      await expect(mutexAt(zk, path)[method]({ signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "ABORTED",
      });
    },
  );

  it("is free before its first contender and after the last, by a read that is as recent as the call", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    // This client's server has not applied the last changes until it is asked to catch up.
    let seen: string[] | undefined;
    const late = withMethods(zk, {
      sync: (of) => {
        seen = undefined;
        return zk.sync(of);
      },
      getChildren: async (of, options) => seen ?? zk.getChildren(of, options),
    });
    const [mutex, holder] = [mutexAt(late, path), mutexAt(other, path)];
    expect(await mutex.isFree()).toBe(true);
    const grant = await holder.acquire();
    seen = [];
    expect(await mutex.isFree()).toBe(false);
    seen = [];
    expect(await mutex.tryAcquire()).toBe(undefined);
    seen = await zk.getChildren(path);
    await grant.release();
    expect(await mutex.isFree()).toBe(true);
    seen = ["_c_00000000-0000-0000-0000-000000000000-lock-0000000000"];
    expect((await mutex.tryAcquire())?.signal.aborted).toBe(false);
  });

  it("rejects an attempt that is not allowed, or whose signal has aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, null, { acl: onlyAllowed(Permission.READ) });
    await expect(mutexAt(zk, path).tryAcquire()).rejects.toMatchObject({ code: "NO_AUTH" });
    const unused = context.newPath();
    const attempt = mutexAt(zk, unused).tryAcquire({ signal: AbortSignal.abort() });
    await expect(attempt).rejects.toMatchObject({ code: "ABORTED" });
    expect(await zk.exists(unused)).toBe(null);
  });

  it("asks only its first contender to release, and resolves with false if there is none", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const mutex = mutexAt(zk, path);
    expect(await mutex.requestRevocation()).toBe(false);
    const grant = await mutex.acquire();
    const next = mutexAt(zk, path).acquire();
    await eventually(async () => (await mutex.contenders()).length === 2);
    expect(await mutexAt(other, path).requestRevocation()).toBe(true);
    await eventually(() => grant.revocationRequested.aborted);
    expect(grant.signal.aborted).toBe(false);
    await grant.release();
    expect((await next).revocationRequested.aborted).toBe(false);
  });

  it("asks the next contender when the first has left between the two requests", async () => {
    const zk = await context.client();
    const path = context.newPath();
    // The contender that left had the number 0.
    await (await mutexAt(zk, path).acquire()).release();
    const grant = await mutexAt(zk, path).acquire();
    let isFirst = true;
    const late = withMethods(zk, {
      getChildren: async (of, options) => {
        const names = await zk.getChildren(of, options);
        const before = isFirst ? ["_c_00000000-0000-0000-0000-000000000000-lock-0000000000"] : [];
        isFirst = false;
        return [...before, ...names];
      },
    });
    expect(await mutexAt(late, path).requestRevocation()).toBe(true);
    expect(isFirst).toBe(false);
    await eventually(() => grant.revocationRequested.aborted);
  });

  it("is held while run executes its task, and released afterwards, also if the task throws", async () => {
    const zk = await context.client();
    const mutex = mutexAt(zk, context.newPath(), { id: "me" });
    const result = await mutex.run(async (grant) => {
      const [holder] = await mutex.contenders();
      return [grant.signal.aborted, holder?.id, holder?.path === grant.path];
    });
    expect(result).toEqual([false, "me", true]);
    expect(await mutex.isFree()).toBe(true);
    await expect(mutex.run(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(await mutex.isFree()).toBe(true);
    await expect(mutex.run(() => {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("runs a task within a task under one grant if it is reentrant, and otherwise rejects it", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const reentrant = mutexAt(zk, path, { reentrant: true });
    const tokens = await reentrant.run(async (outer) => [
      outer.fencingToken,
      await reentrant.run(async (inner) => [inner === outer, (await reentrant.contenders()).length]),
    ]);
    expect(tokens).toEqual([expect.any(BigInt), [true, 1]]);
    const other = mutexAt(zk, path);
    await expect(other.run(() => other.run(() => {}))).rejects.toThrow(
      `the lock ${path} is held by the caller itself, so run within run would wait for itself: construct the lock with { reentrant: true }, or use the held grant`,
    );
    expect(await other.contenders()).toEqual([]);
  });

  it("names itself in the error of a wait that is over, and reports the position to the waiter", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const holder = await mutexAt(zk, path).acquire();
    const positions: number[] = [];
    const waiting = mutexAt(zk, path).acquire({ timeoutMs: 1, onPosition: (before) => void positions.push(before) });
    await expect(waiting).rejects.toThrow(`the lock ${path} was not granted within 1 ms`);
    const next = mutexAt(zk, path).acquire({ onPosition: (before) => void positions.push(before) });
    await eventually(() => positions.includes(1));
    await holder.release();
    await next;
    expect(positions.at(-1)).toBe(0);
    const named = new Mutex(zk, { name: "reports" });
    const stop = AbortSignal.abort();
    await expect(named.acquire({ signal: stop })).rejects.toThrow(
      "wait for the lock reports at /conclave/locks/reports: aborted by the caller",
    );
  });
});
