import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { HeldGrant } from "../grant/held-grant.js";
import { readWaiters } from "./read-waiters.js";
import { Waiter, type WaiterOptions } from "./waiter.js";
import { waiterOrder } from "./waiter-order.js";
import { WHOLE_QUEUE } from "./waiter-step.js";

const order = waiterOrder("test-");

describeOnEachEnsemble("a waiter in a queue", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Starts to wait; the grant is deleted with `release`. */
  const wait = (
    zk: ZooKeeper,
    path: string,
    options: Partial<WaiterOptions<HeldGrant>> = {},
    signal?: AbortSignal,
  ): Promise<HeldGrant> => {
    const waiting = new Waiter<HeldGrant>(
      {
        ...{ zk, path, stem: "test-", data: "a", acl: undefined, onSuspended: "keep", what: "the right" },
        ...{ logger: silentLogger, clock: systemClock, random: systemRandom, ahead: order.earlierThan },
        grant: (parameters) => new HeldGrant(parameters),
        ...options,
      },
      signal,
    ).wait();
    waiting.catch(() => {});
    return waiting;
  };
  const names = async (zk: ZooKeeper, path: string): Promise<string[]> => {
    await zk.sync(path);
    return order.waiters(await readWaiters(zk, path, {}));
  };

  it("creates the queue and its znode, with its stem and data, and is granted with the czxid", async () => {
    const zk = await context.client();
    const path = `${context.newPath()}/deep/down`;
    expect(await names(zk, path)).toEqual([]);
    const grant = await wait(zk, path);
    const { data, stat } = await zk.getData(grant.path);
    expect(grant.path).toMatch(new RegExp(`^${path}/_c_[0-9a-f-]{36}-test-0000000000$`));
    expect([data?.toString(), stat.czxid, stat.ephemeralOwner]).toEqual(["a", grant.fencingToken, zk.sessionId]);
    await grant.release();
    expect(await names(zk, path)).toEqual([]);
  });

  it("reports the number of waiters ahead, and 0 before the grant", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const holders = [await wait(other, path), wait(other, path)] as const;
    await eventually(async () => (await names(zk, path)).length === 2);
    const positions: number[] = [];
    const waiting = wait(zk, path, { onPosition: (before) => void positions.push(before) });
    await eventually(() => positions.length === 1);
    await holders[0].release();
    await (await holders[1]).release();
    await waiting;
    expect(positions.filter((position, index) => position !== positions[index - 1])).toEqual([2, 0]);
  });

  it("that is aborted rejects with ABORTED and the reason, and leaves neither znode nor watch", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    const holder = await wait(other, path);
    await zk.sync(path);
    const stop = new AbortController();
    const waiting = wait(zk, path, {}, stop.signal);
    await settled(zk);
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(waiting).rejects.toMatchObject({
      ...{ code: "ABORTED", outcome: "not-applied", path, cause: reason },
      message: `wait for the right at ${path}: aborted by the caller`,
    });
    await eventually(async () => (await names(other, path)).length === 1);
    await settled(zk);
    const { notifications } = proxy.traffic;
    await other.delete(holder.path);
    await settled(zk);
    expect(proxy.traffic.notifications).toBe(notifications);
  });

  it("whose signal has aborted before creates no znode", async () => {
    const { zk, proxy } = await context.unstable();
    const { requests } = proxy.traffic;
    await expect(wait(zk, context.newPath(), {}, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
    expect(proxy.traffic.requests).toBe(requests);
  });

  it("that is granted ignores its signal", async () => {
    const zk = await context.client();
    const stop = new AbortController();
    const grant = await wait(zk, context.newPath(), {}, stop.signal);
    stop.abort();
    await settled(zk);
    expect(grant.signal.aborted).toBe(false);
  });

  it("rejects with CLOSED when its client is closed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await wait(other, path);
    const waiting = wait(zk, path);
    await settled(zk);
    const rejected = expect(waiting).rejects.toMatchObject({
      ...{ code: "CLOSED", outcome: "not-applied", path },
      message: `wait for the right at ${path}: the client was closed`,
    });
    await zk.close();
    await rejected;
  });

  it.each([
    ["revoke", "SUSPENDED"],
    ["keep", "EXPIRED"],
  ] as const)("with the policy %s loses its grant with the reason %s", async (onSuspended, code) => {
    const { zk, isolate, accept, reaches, oversleep } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    const grant = await wait(zk, path, { onSuspended });
    isolate();
    await reaches("suspended");
    if (code === "EXPIRED") {
      expect(grant.signal.aborted).toBe(false);
      oversleep();
    }
    expect(grant.signal.reason).toMatchObject({ code });
    accept();
    if (onSuspended === "revoke") await eventually(async () => (await names(other, path)).length === 0);
  });

  it("with the policy keep has a valid grant after a reconnection, and loses it if the znode was deleted", async () => {
    for (const isDeleted of [false, true]) {
      const { zk, isolate, accept, reaches } = await context.unstable();
      const other = await context.client();
      const grant = await wait(zk, context.newPath());
      await settled(zk);
      isolate();
      await reaches("suspended");
      if (isDeleted) await other.delete(grant.path);
      accept();
      await reaches("connected");
      await settled(zk);
      expect([isDeleted, (grant.signal.reason as { code?: string } | undefined)?.code]).toEqual([
        isDeleted,
        isDeleted ? "GONE" : undefined,
      ]);
    }
  });

  it("finds its znode when the reply to its creation was lost", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await (await wait(zk, path)).release();
    const lost = proxy.loseReply("create2");
    const grant = await wait(zk, path);
    await lost;
    expect(await names(other, path)).toEqual([grant.path.slice(path.length + 1)]);
    expect((await other.exists(grant.path))?.czxid).toBe(grant.fencingToken);
  });

  it("deletes the znode of a creation whose reply was lost when it is aborted", async () => {
    const { zk, proxy, isolate, accept, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await (await wait(zk, path)).release();
    const stop = new AbortController();
    const lost = proxy.loseReply("create2");
    const waiting = wait(zk, path, {}, stop.signal);
    await lost;
    isolate();
    await reaches("suspended");
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    accept();
    await eventually(async () => (await names(other, path)).length === 0);
  });

  it("deletes the znode of a creation that is answered after the abort", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await (await wait(zk, path)).release();
    proxy.freeze("replies");
    const stop = new AbortController();
    const waiting = wait(zk, path, {}, stop.signal);
    await eventually(async () => (await names(other, path)).length === 1);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    proxy.thaw();
    await eventually(async () => (await names(other, path)).length === 0);
  });

  it("waits for any change of the queue if its rules say so, and leaves no watch when it is aborted", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path);
    for (const name of ["a", "b"]) await other.create(`${path}/${name}`);
    await zk.sync(path);
    const rules = {
      watchesQueue: true,
      ahead: (children: readonly string[]) => (children.length > 2 ? [WHOLE_QUEUE] : []),
    };
    const stop = new AbortController();
    const aborted = wait(zk, path, rules, stop.signal);
    await settled(zk);
    expect(await zk.checkWatches(path, "any")).toBe(true);
    stop.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    await eventually(async () => (await other.getChildren(path)).length === 2);
    await eventually(async () => !(await zk.checkWatches(path, "any")));
    let isGranted = false;
    const waiting = wait(zk, path, rules).then(() => {
      isGranted = true;
    });
    await settled(zk);
    await other.create(`${path}/c`);
    await settled(zk);
    expect(isGranted).toBe(false);
    for (const name of ["a", "b"]) await other.delete(`${path}/${name}`);
    await waiting;
  });

  it("reads the queue and its nominee by the option readQueue, and lets the nominee pass", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    let nominee: string | undefined;
    const readQueue = async () => ({ children: await zk.getChildren(path), nominee });
    const holder = await wait(zk, path, { readQueue });
    const [second, third] = [wait(zk, path, { readQueue }), wait(zk, path, { readQueue })];
    const [, , last] = await eventually(() => names(zk, path), { until: ({ length }) => length === 3 });
    nominee = last;
    await holder.release();
    const granted = await Promise.race([second, third]);
    expect(granted.path).toBe(`${path}/${last}`);
    nominee = undefined;
    await granted.release();
    await (await second).release();
  });

  it("creates its znode by the option create, and repeats a creation that is to be sent in another form", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    const prefixes: string[] = [];
    const grant = await wait(zk, path, {
      create: async (prefix, data, options) => {
        prefixes.push(prefix);
        expect([data, options.mode]).toEqual(["a", CreateMode.EPHEMERAL_SEQUENTIAL]);
        const created = await zk.create2(prefix, data, options);
        return { name: created.path.slice(path.length + 1), czxid: created.stat.czxid };
      },
    });
    expect([grant.path.startsWith(prefixes[0]!), prefixes.length]).toEqual([true, 1]);
  });

  it("tells its holder of a request for revocation, and keeps the grant", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const requested: HeldGrant[] = [];
    const grant = await wait(zk, context.newPath(), {
      isRevocationRequest: (data) => `${data}` === "stop",
      onRevocationRequested: (held) => void requested.push(held),
    });
    await settled(zk);
    await other.setData(grant.path, "other data");
    await settled(zk);
    expect(requested).toEqual([]);
    await other.setData(grant.path, "stop");
    await eventually(() => requested.length === 1);
    expect([requested[0] === grant, grant.signal.aborted]).toEqual([true, false]);
  });

  it("loses its grant when another client writes to its znode in a queue without revocation", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const grant = await wait(zk, context.newPath());
    await settled(zk);
    await other.setData(grant.path, "changed");
    await eventually(() => grant.signal.aborted);
    expect(grant.signal.reason).toMatchObject({ code: "GONE" });
  });

  it("rejects with the error of the list of a queue that it may not read", async () => {
    const zk = await context.client();
    await expect(readWaiters(zk, context.newPath(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
