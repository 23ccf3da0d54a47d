/* Latches at their edges; latch.test.ts has the usual course. */
import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { Latch, type LatchOptions } from "./latch.js";

describeOnEachEnsemble("a latch of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const latchAt = (zk: ZooKeeper, path: string, count: number, options: Partial<LatchOptions> = {}): Latch =>
    new Latch(zk, { ...(options as object), path, count });
  const only = (permissions: number) => [{ permissions, id: { scheme: "world", id: "anyone" } }];

  it("has its ACL at the znode of an open latch, and at the parents that were missing", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    const acl = only(Permission.ALL & ~Permission.ADMIN);
    await latchAt(zk, `${parent}/l`, 1, { acl }).countDown();
    for (const each of [parent, `${parent}/l/open`]) expect((await zk.getACL(each)).acl).toEqual(acl);
  });

  it.each([
    ["the creation of the latch", "loseReply", "create", 1],
    ["a count that was applied", "loseReply", "multi", 1],
    ["a count that was not applied", "loseRequest", "multi", 1],
    ["a read", "loseReply", "getData", 1],
  ] as const)("is counted down once, after a pause on its clock, though the reply to %s is lost", async (...given) => {
    const [, lose, operation, left] = given;
    const { zk, proxy } = await context.unstable();
    const [path, clock] = [context.newPath(), new TestClock()];
    const latch = latchAt(zk, path, 2, { clock });
    const lost = proxy[lose](operation);
    const counting = latch.countDown({ id: "a" });
    await lost;
    await eventually(() => clock.pending === 1);
    clock.advance(clock.delays[0]!);
    expect([await counting, await latch.remaining()]).toEqual([left, left]);
  });

  it("is not counted down by a call that is aborted while it counts", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const stop = new AbortController();
    const late = withMethods(zk, {
      getData: async (at, options) => {
        const read = await zk.getData(at, options);
        stop.abort();
        return read;
      },
    });
    await zk.create(path, "2");
    const counting = latchAt(late, path, 2).countDown({ signal: stop.signal });
    await expect(counting).rejects.toMatchObject({ code: "ABORTED" });
    expect(await latchAt(zk, path, 2).remaining()).toBe(2);
  });

  it("has the count of the first process to count down, as data, one znode for each id, and its ACL", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const acl = only(Permission.ALL & ~Permission.ADMIN);
    const [first, second] = [latchAt(zk, path, 2, { acl }), latchAt(zk, path, 7)];
    expect([first.path, first.count, await second.remaining()]).toEqual([path, 2, 7]);
    expect(await first.countDown({ id: "a/b" })).toBe(1);
    expect([await second.remaining(), `${(await zk.getData(path)).data}`]).toEqual([1, "1"]);
    expect(await zk.getChildren(path)).toEqual(["done-a%2Fb"]);
    expect(await second.countDown({ id: "a/b" })).toBe(1);
    expect(await second.countDown()).toBe(0);
    const children = await zk.getChildren(path);
    const random = expect.stringMatching(/^done-[0-9a-f]{32}$/);
    expect([children.length, children]).toEqual([3, expect.arrayContaining([random, "done-a%2Fb", "open"])]);
    for (const each of ["", "/done-a%2Fb"]) expect((await zk.getACL(path + each)).acl).toEqual(acl);
    expect(await first.countDown({ id: "c" })).toBe(0);
    expect(await zk.getChildren(path)).toHaveLength(3);
  });

  it("keeps its waiters until the last count, and leaves no watch of those that give up", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const clock = new TestClock();
    const latch = latchAt(zk, path, 2, { clock });
    const late = expect(latch.wait({ timeoutMs: 10 })).rejects.toThrow(
      `the opening of the latch ${path} was not granted within 10 ms`,
    );
    await settled(zk);
    clock.advance(10);
    await late;
    const stop = new AbortController();
    const aborted = expect(latch.wait({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    await settled(zk);
    stop.abort();
    await aborted;
    await eventually(async () => !(await zk.checkWatches(`${path}/open`, "any")));
    let isOpen = false;
    const waiting = latch.wait().then(() => {
      isOpen = true;
    });
    await latch.countDown();
    await settled(zk);
    expect(isOpen).toBe(false);
    await latch.countDown();
    await waiting;
  });

  it("counts again from the start after it was removed, also between the read and the count", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const latch = latchAt(other, path, 3);
    await latch.countDown();
    await zk.sync(path);
    let isRemoved = false;
    const late = withMethods(zk, {
      getData: async (at, options) => {
        const read = await zk.getData(at, options);
        if (!isRemoved) await latch.remove();
        isRemoved = true;
        return read;
      },
    });
    expect(await latchAt(late, path, 5).countDown()).toBe(4);
    expect(await latch.remaining()).toBe(4);
    await latch.remove();
    expect(await zk.exists(path)).toBe(null);
    await latch.remove();
  });

  it("counts once although another process counts between the read and the count", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const latch = latchAt(other, path, 5);
    await latch.countDown();
    await zk.sync(path);
    let reads = 0;
    const late = withMethods(zk, {
      getData: async (at, options) => {
        const read = await zk.getData(at, options);
        if (++reads === 1) await latch.countDown();
        return read;
      },
    });
    expect(await latchAt(late, path, 5).countDown()).toBe(2);
    expect([await latch.remaining(), reads]).toEqual([2, 2]);
  });

  it("is created although another process creates it in between", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = `${context.newPath()}/deep`;
    let creations = 0;
    const late = withMethods(zk, {
      create: async (at, data, options) => {
        if (at === path && ++creations === 1) await latchAt(other, path, 4).countDown();
        return zk.create(at, data, options);
      },
    });
    expect(await latchAt(late, path, 9).countDown()).toBe(2);
  });

  it("rejects data that is no count, counts that are not allowed, calls that are aborted, and invalid options", async () => {
    const zk = await context.client();
    for (const data of ["x", "-1", "1.5", `${2 ** 53}`, null]) {
      const path = context.newPath();
      await zk.create(path, data);
      await expect(latchAt(zk, path, 1).remaining()).rejects.toThrow(
        `the znode at ${path} is not a latch: its data is not a count`,
      );
    }
    const [readOnly, hidden] = [context.newPath(), context.newPath()];
    await zk.create(readOnly, "2", { acl: only(Permission.READ) });
    await zk.create(hidden, "2", { acl: only(Permission.WRITE) });
    await expect(latchAt(zk, readOnly, 2).countDown()).rejects.toMatchObject({ code: "NO_AUTH" });
    await expect(latchAt(zk, `${readOnly}/below`, 2).countDown()).rejects.toMatchObject({ code: "NO_AUTH" });
    await expect(latchAt(zk, hidden, 2).remaining()).rejects.toMatchObject({ code: "NO_AUTH" });
    const signal = AbortSignal.abort();
    const latch = latchAt(zk, context.newPath(), 1);
    await Promise.all(
      [latch.countDown({ signal }), latch.remaining({ signal }), latch.wait({ signal })].map((call) =>
        expect(call).rejects.toMatchObject({ code: "ABORTED" }),
      ),
    );
    await expect(latch.countDown({ id: "" })).rejects.toThrow('"" cannot be the name of a latch\'s count');
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => latchAt(zk, "/a", count)).toThrow(`count must be a whole number, 1 or more, not ${count}`);
    }
    expect(new Latch(zk, { name: "l", count: 1 }).path).toBe("/conclave/latches/l");
    expect(() => latchAt(zk, "a", 1)).toThrow('"a" cannot be the path of a latch');
  });
});
