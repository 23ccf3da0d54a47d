/* Requests of a double barrier that are denied, aborted or too many; double-barrier.test.ts has the usual course. */
import { CreateMode, connect, Permission, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods, withTransactions } from "../../test-support/with-methods.js";
import { DoubleBarrier } from "./double-barrier.js";
import { roundPath } from "./rounds.js";

describeOnEachEnsemble("a participant of a double barrier", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const barrierAt = (zk: ZooKeeper, path: string, size = 2): DoubleBarrier => new DoubleBarrier(zk, { path, size });
  const anyone = (permissions: number) => [{ permissions, id: { scheme: "world", id: "anyone" } }];
  const present = (zk: ZooKeeper, path: string, count: number, round = 1) =>
    eventually(async () => (await zk.exists(roundPath(path, round)))?.numChildren === count);

  it("that begins a round without itself enters the next one, with one znode in each", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    // Two participants wait for more, so that the third finds a round that is full.
    const early = [barrierAt(other, path, 4).enter(), barrierAt(other, path, 4).enter()];
    await present(other, path, 2);
    await settled(other);
    const rounds: string[] = [];
    const counted = withMethods(zk, {
      create2: (at, ...rest) => {
        rounds.push(at.slice(path.length + 1).split("/")[0]!);
        return zk.create2(at, ...rest);
      },
    });
    const late = barrierAt(counted, path).enter();
    await Promise.all(early);
    await present(other, path, 1, 2);
    const passages = await Promise.all([late, barrierAt(other, path).enter()]);
    expect(passages.map(({ round, position }) => [round, position])).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(rounds).toEqual(["round-0000000001", "round-0000000002"]);
  });

  it("waits on when another one left while it began the round", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await zk.create(path, "1");
    await zk.create(roundPath(path, 1), null, { mode: CreateMode.CONTAINER });
    const prefix = `${roundPath(path, 1)}/_c_00000000-0000-0000-0000-000000000000-member-`;
    const left = await other.create(prefix, null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
    await zk.sync(path);
    let deleted: Promise<void> | undefined;
    const late = withMethods(zk, {
      getChildren: async (at, options) => {
        const children = await zk.getChildren(at, options);
        deleted ??= other.delete(left);
        await deleted;
        return children;
      },
    });
    const entering = barrierAt(late, path).enter();
    await eventually(() => deleted !== undefined);
    await settled(zk);
    const passages = await Promise.all([entering, barrierAt(other, path).enter()]);
    expect(passages.map(({ round, position }) => [round, position])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("rejects and leaves no znode when it is aborted while it begins the round", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const stop = new AbortController();
    let transactions = 0;
    // The first transaction creates the round.
    const aborting = withTransactions(zk, () => ++transactions === 2 && stop.abort());
    const entering = barrierAt(aborting, path, 1).enter({ signal: stop.signal });
    await expect(entering).rejects.toMatchObject({ code: "ABORTED" });
    await present(zk, path, 0);
  });

  it("rejects and leaves no znode when it is aborted before the reply to the creation of its znode", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    const barrier = barrierAt(zk, path, 1);
    await (await barrier.enter()).leave();
    proxy.freeze("replies");
    const stop = new AbortController();
    const entering = barrier.enter({ signal: stop.signal });
    await present(other, path, 1, 2);
    stop.abort();
    await expect(entering).rejects.toMatchObject({ code: "ABORTED" });
    proxy.thaw();
    await present(other, path, 0, 2);
  });

  it("sends one transaction to create a round and one to begin it", async () => {
    const zk = await context.client();
    let transactions = 0;
    const counted = withTransactions(zk, () => transactions++);
    const barrier = barrierAt(counted, context.newPath(), 1);
    for (const count of [2, 4, 6]) {
      await (await barrier.enter()).leave();
      expect(transactions).toBe(count);
    }
  });

  it("rejects with NO_NODE when the root of its client was deleted", async () => {
    const [root, other] = [context.newPath(), await context.client()];
    const zk = await connect(`${ensemble.connectString()}${root}`, { createChroot: true });
    onTestFinished(() => zk.close());
    await other.delete(root);
    await expect(barrierAt(zk, "/deep/d").enter()).rejects.toMatchObject({ code: "NO_NODE" });
  });

  it("keeps its znode while it waits as the first for the others, and reads the round once for each that left", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    let reads = 0;
    const counted = withMethods(zk, {
      getChildren: (at, options) => {
        reads++;
        return zk.getChildren(at, options);
      },
    });
    const entering = barrierAt(counted, path).enter();
    await present(other, path, 1);
    const [first, second] = await Promise.all([entering, barrierAt(other, path).enter()]);
    await settled(zk);
    reads = 0;
    const leaving = first.leave();
    await settled(zk);
    await present(other, path, 2);
    expect(reads).toBe(1);
    await second.leave();
    await leaving;
    expect(reads).toBe(2);
  });

  it("of an expired session waits for the others when it leaves", async () => {
    const { zk, isolate, accept, expire, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    const entering = barrierAt(zk, path).enter();
    await present(other, path, 1);
    const [first, second] = await Promise.all([entering, barrierAt(other, path).enter()]);
    isolate();
    await reaches("suspended");
    await expire();
    accept();
    await reaches("connected");
    let isOver = false;
    const leaving = first.leave().then(() => {
      isOver = true;
    });
    await settled(zk);
    expect([isOver, first.signal.reason]).toMatchObject([false, { code: "EXPIRED" }]);
    await second.leave();
    await leaving;
  });

  it("rejects a leave that may not delete its znode, or read that of another", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const denied = { code: "NO_AUTH" };
    const path = context.newPath();
    const alone = await barrierAt(zk, path, 1).enter();
    await zk.setACL(roundPath(path, 1), anyone(Permission.READ));
    await expect(alone.leave()).rejects.toMatchObject(denied);

    const second = context.newPath();
    const entering = barrierAt(zk, second).enter();
    await present(other, second, 1);
    const [first] = await Promise.all([entering, barrierAt(other, second).enter()]);
    const [last = ""] = await other.getEphemerals({ prefix: second });
    await other.setACL(last, anyone(Permission.WRITE));
    await expect(first.leave()).rejects.toMatchObject(denied);
  });

  it("rejects a leave that is aborted while its znode is deleted", async () => {
    const zk = await context.client();
    const stop = new AbortController();
    const aborting = withMethods(zk, {
      delete: (at, options) => {
        const deleted = zk.delete(at, options);
        stop.abort();
        return deleted;
      },
    });
    const passage = await barrierAt(aborting, context.newPath(), 1).enter();
    await expect(passage.leave({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });
});
