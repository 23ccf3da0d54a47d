import { connect, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { ReadWriteLock } from "./read-write-lock.js";

describeOnEachEnsemble("a read-write lock", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const lockAt = (zk: ZooKeeper, path: string, id = ""): ReadWriteLock => new ReadWriteLock(zk, { path, id });
  /** Resolves when this number of contenders is in the queue. */
  const queued = ({ read }: ReadWriteLock, count: number): Promise<unknown> =>
    eventually(async () => (await read.contenders()).length === count, { what: `${count} contenders` });

  it("grants readers together, and a writer after all contenders before it", async () => {
    const zk = await context.client();
    const lock = lockAt(zk, context.newPath());
    const readers = [await lock.read.acquire(), await lock.read.acquire()] as const;
    const order: string[] = [];
    const writing = lock.write.acquire().then((grant) => {
      order.push("writer");
      return grant;
    });
    await queued(lock, 3);
    const reading = lock.read.acquire().then((grant) => {
      order.push("reader after the writer");
      return grant;
    });
    await queued(lock, 4);
    await readers[0].release();
    await settled(zk);
    expect([order, await lock.read.isFree(), await lock.write.isFree()]).toEqual([[], false, false]);
    await readers[1].release();
    await (await writing).release();
    await (await reading).release();
    expect(order).toEqual(["writer", "reader after the writer"]);
    expect([await lock.read.isFree(), await lock.write.isFree()]).toEqual([true, true]);
  });

  it("is free for readers, and not for writers, while a reader holds it", async () => {
    const lock = lockAt(await context.client(), context.newPath());
    await using _reader = await lock.read.acquire();
    expect([await lock.read.isFree(), await lock.write.isFree()]).toEqual([true, false]);
    await using again = await lock.read.tryAcquire();
    expect([again?.signal.aborted, await lock.write.tryAcquire()]).toEqual([false, undefined]);
  });

  it("has one queue at its path, in which Curator's names distinguish readers and writers", async () => {
    const path = context.newPath();
    const lock = lockAt(await context.client(), path, "me");
    const reader = await lock.read.acquire();
    const writing = lock.write.acquire();
    await queued(lock, 2);
    expect([lock.path, lock.read.path, lock.write.path]).toEqual([path, path, path]);
    const listed = (await lock.write.contenders()).map((each) => [each.id, each.path.replace(/[0-9a-f-]{36}/, "")]);
    expect(listed).toEqual([
      ["me", `${path}/_c_-__READ__0000000000`],
      ["me", `${path}/_c_-__WRIT__0000000001`],
    ]);
    await reader.release();
    await (await writing).release();
  });

  it("downgrades a writer although readers wait behind it, which are then granted too", async () => {
    const lock = lockAt(await context.client(), context.newPath());
    const write = await lock.write.acquire();
    const reading = lock.read.acquire();
    await queued(lock, 2);
    const read = await write.downgrade();
    expect([write.signal.aborted, read?.signal.aborted]).toEqual([true, false]);
    expect((await reading).signal.aborted).toBe(false);
    expect(await lock.write.isFree()).toBe(false);
  });

  it("does not downgrade a writer while another writer waits, and leaves no znode of the attempt", async () => {
    const lock = lockAt(await context.client(), context.newPath());
    const write = await lock.write.acquire();
    const next = lock.write.acquire();
    await queued(lock, 2);
    expect([await write.downgrade(), write.signal.aborted]).toEqual([undefined, false]);
    expect(await lock.read.contenders()).toHaveLength(2);
    await write.release();
    await (await next).release();
  });

  it("names the kind of the lock in its errors, and has a path by its name", async () => {
    const lock = new ReadWriteLock(await context.client(), { name: "table" });
    expect(lock.path).toBe("/conclave/read-write-locks/table");
    const signal = AbortSignal.abort();
    await expect(lock.read.acquire({ signal })).rejects.toThrow("wait for the read lock table at");
    await expect(lock.write.acquire({ signal })).rejects.toThrow("wait for the write lock table at");
    expect(() => new ReadWriteLock(undefined as unknown as ZooKeeper, { path: "a" })).toThrow(
      '"a" cannot be the path of a read-write lock',
    );
  });
});
