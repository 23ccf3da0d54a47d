import { connect } from "@conclave/client";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { Mutex } from "../mutex/mutex.js";
import { MultiLock } from "./multi-lock.js";

describeOnEachEnsemble("a multi-lock", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Locks at the paths a, b and c below a new path. */
  const locksOf = async () => {
    const [zk, path] = [await context.client(), context.newPath()];
    const [a, b, c] = ["a", "b", "c"].map((name) => new Mutex(zk, { path: `${path}/${name}` })) as [
      Mutex,
      Mutex,
      Mutex,
    ];
    const held = async (): Promise<number[]> =>
      Promise.all([a, b, c].map(async (lock) => (await lock.contenders()).length));
    return { a, b, c, zk, path, held };
  };

  it("acquires its locks in the order of their paths, however they are listed, and releases all", async () => {
    const { a, b, c, held } = await locksOf();
    for (const locks of [
      [a, b, c],
      [c, b, a],
      [b, c, a],
    ]) {
      const holder = await b.acquire();
      const acquiring = new MultiLock(locks).acquire();
      await eventually(async () => (await b.contenders()).length === 2);
      expect(await held()).toEqual([1, 2, 0]);
      await holder.release();
      const grant = await acquiring;
      expect([await held(), grant.signal.aborted]).toEqual([[1, 1, 1], false]);
      await grant.release();
      expect(await held()).toEqual([0, 0, 0]);
    }
  });

  it("writes nothing in an attempt if one of its locks is held, and otherwise acquires all", async () => {
    const { a, b, c, held, zk, path } = await locksOf();
    const all = new MultiLock([c, a, b]);
    const holder = await c.acquire();
    expect(await all.tryAcquire()).toBe(undefined);
    // The queue of a lock is created by its first contender.
    expect([await held(), await zk.getChildren(path)]).toEqual([[0, 0, 1], ["c"]]);
    await holder.release();
    await using grant = await all.tryAcquire();
    expect([grant?.signal.aborted, await held()]).toEqual([false, [1, 1, 1]]);
  });

  it("holds none of its locks after a wait that was aborted or timed out, and names them in the error", async () => {
    const { a, b, c, held, path } = await locksOf();
    const clock = new TestClock();
    const all = new MultiLock([b, a], { clock });
    const holder = await b.acquire();
    const positions: number[] = [];
    const late = all.acquire({ timeoutMs: 100, onPosition: (before) => void positions.push(before) });
    const timedOut = expect(late).rejects.toThrow(`the locks ${path}/a, ${path}/b was not granted within 100 ms`);
    await eventually(async () => (await b.contenders()).length === 2);
    await eventually(() => positions.includes(1));
    clock.advance(100);
    await timedOut;
    await eventually(async () => (await held()).join() === "0,1,0");
    const stop = new AbortController();
    const aborted = expect(all.acquire({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    await eventually(async () => (await b.contenders()).length === 2);
    stop.abort();
    await aborted;
    await eventually(async () => (await held()).join() === "0,1,0");
    await expect(new MultiLock([a, c]).tryAcquire({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    await holder.release();
  });

  it("is held while run executes its task, and released afterwards, also if the task throws", async () => {
    const { a, b, held } = await locksOf();
    const both = new MultiLock([a, b]);
    expect(await both.run(async (grant) => [await held(), grant.signal.aborted])).toEqual([[1, 1, 0], false]);
    expect(await held()).toEqual([0, 0, 0]);
    await expect(both.run(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(await held()).toEqual([0, 0, 0]);
    await expect(both.run(() => {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("needs one lock or more, each with its own path", async () => {
    const { a, b, path } = await locksOf();
    expect(() => new MultiLock([])).toThrow("a MultiLock needs one lock or more, each with its own path, not []");
    expect(() => new MultiLock([a, b, a])).toThrow(`each with its own path, not ["${path}/a","${path}/b","${path}/a"]`);
    await (await new MultiLock([a]).acquire()).release();
  });
});
