/*
 * Simulates a pause of the process that was longer than its session by a clock that jumps. Each way to read if a grant is valid
 * has to return that it is not, synchronously, before any timer fires or data arrives.
 */
import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import {
  DoubleBarrier,
  type Grant,
  Group,
  LeaderElection,
  MultiLock,
  Mutex,
  Partitioner,
  Queue,
  ReadWriteLock,
  Semaphore,
  TreeCache,
} from "../index.js";

describeOnEachEnsemble("a process that continues after a pause longer than its session", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const pausable = async (): Promise<{ zk: ZooKeeper; path: string; oversleep(): void }> => {
    const { zk, oversleep } = await context.unstable();
    return { zk, path: context.newPath(), oversleep };
  };

  describe.each<"keep" | "revoke">(["keep", "revoke"])("with the policy %s", (onSuspended) => {
    const grants: Record<string, (zk: ZooKeeper, path: string) => Promise<Pick<Grant, "signal">>> = {
      "a mutex": (zk, path) => new Mutex(zk, { path, onSuspended }).acquire(),
      "a mutex acquired by tryAcquire": async (zk, path) => (await new Mutex(zk, { path, onSuspended }).tryAcquire())!,
      "a read lock": (zk, path) => new ReadWriteLock(zk, { path, onSuspended }).read.acquire(),
      "a write lock": (zk, path) => new ReadWriteLock(zk, { path, onSuspended }).write.acquire(),
      "two permits": (zk, path) => new Semaphore(zk, { path, permits: 3, onSuspended }).acquire({ permits: 2 }),
      "several locks": (zk, path) =>
        new MultiLock([1, 2].map((each) => new Mutex(zk, { path: `${path}/${each}`, onSuspended }))).acquire(),
      "a leadership": (zk, path) => new LeaderElection(zk, { path, onSuspended }).campaign(),
      "a queue item": async (zk, path) => {
        const queue = new Queue(zk, { path, codec: textCodec, onSuspended });
        await queue.put("item");
        return queue.take();
      },
      "a passage of a double barrier": (zk, path) => new DoubleBarrier(zk, { path, size: 1 }).enter(),
    };

    it.each(Object.entries(grants))("has lost %s with the reason EXPIRED", async (_, acquire) => {
      const { zk, path, oversleep } = await pausable();
      const { signal } = await acquire(zk, path);
      expect(signal.aborted).toBe(false);
      oversleep();
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toMatchObject({ code: "EXPIRED" });
    });
  });

  it("does not lead, and ifLeader runs its alternative", async () => {
    const { zk, path, oversleep } = await pausable();
    const election = new LeaderElection(zk, { path, onSuspended: "keep" });
    const stop = new AbortController();
    const leading = new Promise<void>((resolve) => {
      const done = election.lead(
        ({ signal }) =>
          new Promise<void>((end) => {
            signal.addEventListener("abort", () => end());
            resolve();
          }),
        { signal: stop.signal },
      );
      onTestFinished(async () => {
        stop.abort();
        await done;
      });
    });
    await leading;
    expect(
      election.ifLeader(
        () => "in",
        () => "out",
      ),
    ).toBe("in");
    oversleep();
    expect(
      election.ifLeader(
        () => "in",
        () => "out",
      ),
    ).toBe("out");
    expect(election.current).toBe(undefined);
  });

  it("acquires the lock again for a reentrant run within a run", async () => {
    const { zk, path, oversleep } = await pausable();
    const mutex = new Mutex(zk, { path, reentrant: true, onSuspended: "keep" });
    const other = await context.client();
    await mutex.run(async (outer) => {
      await other.sync(path);
      oversleep();
      // The inner run waits until the znode of the expired session is deleted: here by another client, to save time.
      void other.delete(outer.path);
      await mutex.run((inner) => {
        expect([inner === outer, outer.signal.aborted, inner.signal.aborted]).toEqual([false, true, false]);
      });
    });
  });

  it("owns no partition, is no member of a group, and has no fresh cache", async () => {
    const { zk, path, oversleep } = await pausable();
    const partitioner = new Partitioner(zk, { path: `${path}/p`, keys: ["a"], onSuspended: "keep" });
    const stop = new AbortController();
    const running = partitioner.run(() => {}, { signal: stop.signal });
    onTestFinished(async () => {
      stop.abort();
      await running;
    });
    await using member = await new Group(zk, { path: `${path}/g` }).join({ data: 1 });
    await using cache = new TreeCache(zk, { path: `${path}/g`, codec: textCodec });
    await cache.ready;
    await eventually(() => partitioner.owns("a"));
    expect([member.isPresent, cache.isFresh]).toEqual([true, true]);
    oversleep();
    expect([partitioner.owns("a"), member.isPresent, cache.isFresh]).toEqual([false, false, false]);
  });

  it("has lost a grant with the reason EXPIRED although the event of the deleted znode arrives first", async () => {
    const { zk, path, oversleep } = await pausable();
    const grant = await new Mutex(zk, { path, onSuspended: "keep" }).acquire();
    await zk.sync(path);
    const { signal } = grant;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    const other = await context.client();
    oversleep();
    await other.delete(grant.path);
    await aborted;
    expect(signal.reason).toMatchObject({ code: "EXPIRED" });
  });

  it("is not granted by a reply from before the pause, and runs no task", async () => {
    const { zk, path, oversleep } = await pausable();
    const mutex = new Mutex(zk, { path, onSuspended: "keep" });
    const tokens: bigint[] = [];
    const other = await context.client();
    const { sessionId } = zk;
    const removeOld = async (): Promise<void> => {
      await other.sync(path);
      for (const name of await other.getChildren(path)) {
        const stat = await other.exists(`${path}/${name}`);
        if (stat?.ephemeralOwner === sessionId) await other.delete(`${path}/${name}`);
      }
    };
    // Called just before the grant: the session expires on the client, and its znodes are deleted as the server would.
    let isFirst = true;
    const onPosition = (): void => {
      if (!isFirst) return;
      isFirst = false;
      oversleep();
      void removeOld();
    };
    await mutex.run(
      (grant) => {
        expect(grant.signal.aborted).toBe(false);
        tokens.push(grant.fencingToken);
      },
      { onPosition },
    );
    expect(tokens).toHaveLength(1);
  });
});
