import { connect, OPEN_ACL_UNSAFE, Permission } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { Mutex } from "./mutex.js";

describeOnEachEnsemble("a mutex", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("has one holder at a time, in the order of the calls, with rising tokens", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const mutexes = [new Mutex(zk, { path, id: "a" }), new Mutex(other, { path, id: "b" })] as const;
    const first = await mutexes[0].acquire();
    const tokens: bigint[] = [first.fencingToken];
    const order: string[] = [];
    const waiting: Promise<void>[] = [];
    for (const [index, mutex] of [mutexes[1], mutexes[0], mutexes[1]].entries()) {
      waiting.push(
        mutex.acquire().then(async (grant) => {
          order.push(`${index} starts`);
          tokens.push(grant.fencingToken);
          await settled(zk);
          order.push(`${index} ends`);
          await grant.release();
        }),
      );
      await eventually(async () => (await mutex.contenders()).length === index + 2);
    }
    await first.release();
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2].flatMap((index) => [`${index} starts`, `${index} ends`]));
    expect(tokens).toEqual(tokens.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(tokens).size).toBe(4);
  });

  it("creates znodes as Curator does, with its id as data and its ACL", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const acl = [...OPEN_ACL_UNSAFE, { permissions: Permission.READ, id: { scheme: "ip", id: "127.0.0.1" } }];
    const grant = await new Mutex(zk, { path, id: "me", acl }).acquire();
    expect(grant.path).toMatch(new RegExp(`^${path}/_c_[0-9a-f-]{36}-lock-0000000000$`));
    const { data, stat } = await zk.getData(grant.path);
    expect([`${data}`, stat.ephemeralOwner, (await zk.getACL(grant.path)).acl.length]).toEqual(["me", zk.sessionId, 2]);
  });

  it("loses its grant when the connection is lost, and keeps it with onSuspended keep", async () => {
    for (const onSuspended of [undefined, "keep"] as const) {
      const { zk, isolate, accept, reaches } = await context.unstable();
      const grant = await new Mutex(zk, { path: context.newPath(), onSuspended }).acquire();
      await settled(zk);
      isolate();
      await reaches("suspended");
      expect(grant.signal.aborted).toBe(onSuspended === undefined);
      accept();
      await reaches("connected");
      await settled(zk);
      expect(grant.signal.aborted).toBe(onSuspended === undefined);
    }
  });

  it("has a path by its name, and rejects a path that is wrong", async () => {
    const zk = await context.client();
    expect(new Mutex(zk, { name: "a/b" }).path).toBe("/conclave/locks/a%2Fb");
    expect(() => new Mutex(zk, { path: "a" })).toThrow('"a" cannot be the path of a mutex');
    const waiting = new Mutex(zk, { name: "a/b" }).acquire({ signal: AbortSignal.abort() });
    await expect(waiting).rejects.toThrow("the lock a/b at /conclave/locks/a%2Fb");
  });

  it("passes each call to its lock", async () => {
    const zk = await context.client();
    const mutex = new Mutex(zk, { path: context.newPath(), reentrant: true });
    expect(await mutex.isFree()).toBe(true);
    const grant = await mutex.tryAcquire();
    expect([grant?.signal.aborted, await mutex.isFree(), await mutex.tryAcquire()]).toEqual([false, false, undefined]);
    expect([await mutex.requestRevocation(), (await mutex.contenders()).length]).toEqual([true, 1]);
    await eventually(() => grant?.revocationRequested.aborted === true);
    await grant?.release();
    expect(await mutex.run((outer) => mutex.run((inner) => inner === outer))).toBe(true);
    const signal = AbortSignal.abort();
    await Promise.all(
      [
        mutex.acquire({ signal }),
        mutex.tryAcquire({ signal }),
        mutex.run(() => {}, { signal }),
        mutex.contenders({ signal }),
        mutex.requestRevocation({ signal }),
      ].map((call) => expect(call).rejects.toMatchObject({ code: "ABORTED" })),
    );
  });
});
