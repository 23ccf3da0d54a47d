import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import type { Grant } from "../grant/grant.js";
import { Semaphore, type SemaphoreOptions } from "./semaphore.js";

describeOnEachEnsemble("a semaphore", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const semaphoreAt = (zk: ZooKeeper, path: string, options: Partial<SemaphoreOptions> = {}): Semaphore =>
    new Semaphore(zk, { permits: 2, ...(options as object), path });
  const childrenOf = async (zk: ZooKeeper, path: string): Promise<number> => (await zk.exists(path))?.numChildren ?? 0;
  const codeOf = ({ signal }: Grant): unknown => (signal.reason as { code?: string } | undefined)?.code;

  it("grants as many permits as it has, and the next one after a release, in the order of the calls", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const semaphores = [semaphoreAt(zk, path), semaphoreAt(other, path)] as const;
    const held = [await semaphores[0].acquire(), await semaphores[1].acquire()] as const;
    const order: string[] = [];
    const waiting: Promise<Grant>[] = [];
    // The first waits for its permits, the others for the queue lock.
    for (const [index, name] of ["a", "b", "c"].entries()) {
      const acquiring = semaphores[index % 2 === 0 ? 0 : 1].acquire({ permits: name === "a" ? 2 : 1 });
      waiting.push(acquiring);
      acquiring.then(() => order.push(name)).catch(() => {});
      await eventually(async () => (await childrenOf(zk, `${path}/locks`)) === index + 1);
    }
    await eventually(async () => (await semaphores[0].holders()).length === 3);
    await held[1].release();
    await settled(zk);
    expect(order).toEqual([]);
    await held[0].release();
    const first = await waiting[0]!;
    await settled(zk);
    expect([order, first.signal.aborted]).toEqual([["a"], false]);
    await first.release();
    for (const grant of await Promise.all(waiting)) await grant.release();
    expect([order, await semaphores[0].holders()]).toEqual([["a", "b", "c"], []]);
    await eventually(async () => (await childrenOf(zk, `${path}/locks`)) === 0);
  });

  it("has one znode for each permit, as Curator does, and lists its holders", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const semaphore = semaphoreAt(zk, path, { id: "me", permits: 3 });
    expect([semaphore.path, semaphore.permits, await semaphore.holders()]).toEqual([path, 3, []]);
    const grant = await semaphore.acquire({ permits: 2 });
    await using one = await semaphore.tryAcquire();
    const holders = await semaphore.holders();
    expect(holders.map(({ id, sessionId }) => [id, sessionId])).toEqual(Array(3).fill(["me", zk.sessionId]));
    expect(holders.map((each) => each.path.replace(/[0-9a-f-]{36}/, ""))).toEqual(
      [0, 1, 2].map((number) => `${path}/leases/_c_-lease-000000000${number}`),
    );
    expect(grant.fencingToken).toBe(holders[1]?.fencingToken);
    expect(one?.fencingToken).toBe(holders[2]?.fencingToken);
    await grant.release();
    expect(await semaphore.holders()).toHaveLength(1);
  });

  it("reports the position among the waiting contenders", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const semaphore = semaphoreAt(zk, path, { permits: 1, id: "me" });
    const held = await semaphore.acquire();
    const first = semaphore.acquire();
    await eventually(async () => (await semaphore.holders()).length === 2);
    const positions: number[] = [];
    const second = semaphore.acquire({ onPosition: (before) => void positions.push(before) });
    await eventually(() => positions.length === 1);
    const [lock] = await zk.getChildren(`${path}/locks`);
    expect(`${(await zk.getData(`${path}/locks/${lock}`)).data}`).toBe("me");
    await held.release();
    await (await first).release();
    await (await second).release();
    expect(positions).toEqual([1, 0]);
  });

  it("holds no permit after a wait that was aborted or timed out, and names itself in the error", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const clock = new TestClock();
    const semaphore = semaphoreAt(zk, path, { clock, permits: 3 });
    const held = await semaphore.acquire({ permits: 2 });
    const late = expect(semaphore.acquire({ permits: 2, timeoutMs: 50 })).rejects.toThrow(
      `a permit of the semaphore ${path} was not granted within 50 ms`,
    );
    await eventually(async () => (await semaphore.holders()).length === 4);
    clock.advance(50);
    await late;
    await eventually(async () => (await semaphore.holders()).length === 2);
    const stop = new AbortController();
    const aborted = expect(semaphore.acquire({ permits: 2, signal: stop.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    await eventually(async () => (await semaphore.holders()).length === 4);
    stop.abort();
    await aborted;
    await eventually(async () => (await semaphore.holders()).length === 2);
    await eventually(async () => (await childrenOf(zk, `${path}/locks`)) === 0);
    expect(held.signal.aborted).toBe(false);
  });

  it("ends a grant as a whole when one of its permits is deleted, and releases the others", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    for (const attempt of [false, true]) {
      const semaphore = semaphoreAt(zk, path, { permits: 3 });
      const grant = await (attempt ? semaphore.tryAcquire({ permits: 3 }) : semaphore.acquire({ permits: 3 }));
      await settled(zk);
      const [, second] = await semaphore.holders();
      await other.delete(second!.path);
      await eventually(() => grant!.signal.aborted);
      expect(codeOf(grant!)).toBe("GONE");
      await eventually(async () => (await semaphore.holders()).length === 0);
    }
  });

  it("acquires the queue lock and its permits again when another client deleted the queue lock", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const semaphore = semaphoreAt(zk, path);
    const held = await semaphore.acquire({ permits: 2 });
    const waiting = semaphore.acquire({ permits: 2, signal: new AbortController().signal });
    await eventually(async () => (await semaphore.holders()).length === 3);
    await settled(zk);
    const [lock] = await other.getChildren(`${path}/locks`);
    await other.delete(`${path}/locks/${lock}`);
    await eventually(async () => {
      const locks = await other.getChildren(`${path}/locks`);
      return locks.length === 1 && locks[0] !== lock && (await semaphore.holders()).length === 3;
    });
    await held.release();
    const grant = await waiting;
    expect([grant.signal.aborted, (await semaphore.holders()).length]).toEqual([false, 2]);
  });

  it("acquires a permit again that is deleted while the next one is waited for", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const semaphore = semaphoreAt(zk, path);
    const held = await semaphore.acquire();
    const waiting = semaphore.acquire({ permits: 2 });
    await eventually(async () => (await semaphore.holders()).length === 3);
    await settled(zk);
    const before = await semaphore.holders();
    await other.delete(before[1]!.path);
    await eventually(async () => {
      const now = await semaphore.holders();
      return now.length === 3 && now.every(({ path: each }) => each !== before[1]!.path);
    });
    await held.release();
    expect((await waiting).signal.aborted).toBe(false);
    expect(await semaphore.holders()).toHaveLength(2);
  });

  it("is held while run executes its task, and released afterwards", async () => {
    const semaphore = semaphoreAt(await context.client(), context.newPath());
    expect(await semaphore.run(async () => (await semaphore.holders()).length, { permits: 2 })).toBe(2);
    await expect(semaphore.run(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(await semaphore.holders()).toEqual([]);
  });

  it("ends its grants when the connection is lost, and keeps them with onSuspended keep", async () => {
    for (const onSuspended of [undefined, "keep"] as const) {
      const { zk, isolate, accept, reaches } = await context.unstable();
      const semaphore = semaphoreAt(zk, context.newPath(), { onSuspended });
      const grants = [await semaphore.acquire(), await semaphore.tryAcquire()] as Grant[];
      await settled(zk);
      isolate();
      await reaches("suspended");
      accept();
      await reaches("connected");
      await settled(zk);
      expect(grants.map(codeOf)).toEqual(Array(2).fill(onSuspended === "keep" ? undefined : "SUSPENDED"));
    }
  });

  it("rejects a number of permits that is no whole number in its range, before any request", async () => {
    const zk = await context.client();
    const path = context.newPath();
    for (const permits of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => semaphoreAt(zk, path, { permits })).toThrow(
        `permits must be a whole number, 1 or more, not ${permits}`,
      );
    }
    const semaphore = semaphoreAt(zk, path);
    for (const permits of [0, 3]) {
      const message = `permits must be a whole number, between 1 and 2, not ${permits}`;
      expect(() => semaphore.acquire({ permits })).toThrow(message);
      await expect(semaphore.tryAcquire({ permits })).rejects.toThrow(message);
    }
    expect(await zk.exists(path)).toBe(null);
    expect(new Semaphore(zk, { name: "s", permits: 1 }).path).toBe("/conclave/semaphores/s");
    expect(() => semaphoreAt(zk, "s")).toThrow('"s" cannot be the path of a semaphore');
  });

  it("reads the permits again in an attempt when another contender created one after its read", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    for (const permits of [2, 1]) {
      const path = context.newPath();
      const rival = semaphoreAt(other, path, { permits });
      await (await rival.acquire()).release();
      await zk.sync(path);
      let overtaken: Grant | undefined;
      let reads = 0;
      const late = withMethods(zk, {
        getChildren2: async (of, options) => {
          const read = await zk.getChildren2(of, options);
          if (++reads === 1) overtaken = await rival.acquire();
          return read;
        },
      });
      const won = await semaphoreAt(late, path, { permits }).tryAcquire();
      expect([won?.signal.aborted, overtaken?.signal.aborted, reads]).toEqual([
        permits === 2 ? false : undefined,
        ...[false, 2],
      ]);
      expect(await rival.holders()).toHaveLength(permits);
    }
  });

  it("releases what an attempt has won when another contender was faster, and no version shows it", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const permissions = Permission.CREATE | Permission.READ | Permission.DELETE;
    const acl = [{ permissions, id: { scheme: "world", id: "anyone" } }];
    const rival = semaphoreAt(other, path, { permits: 3, acl });
    let overtaken: Grant | undefined;
    const late = withMethods(zk, {
      getChildren2: async (of, options) => {
        const read = await zk.getChildren2(of, options);
        overtaken ??= await rival.acquire({ permits: 2 });
        return read;
      },
    });
    const semaphore = semaphoreAt(late, path, { permits: 3, acl });
    expect([await semaphore.tryAcquire({ permits: 2 }), overtaken?.signal.aborted]).toEqual([undefined, false]);
    expect(await rival.holders()).toHaveLength(2);
  });

  it("rejects an attempt that may not read the permits", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    const acl = [{ permissions: Permission.WRITE, id: { scheme: "world", id: "anyone" } }];
    await zk.create(`${path}/leases`, null, { acl });
    await expect(semaphoreAt(zk, path).tryAcquire()).rejects.toMatchObject({ code: "NO_AUTH" });
  });

  it("rejects an attempt that is not allowed or whose signal has aborted, and leaves no permit", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/leases`, null, {
      acl: [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }],
    });
    await expect(semaphoreAt(zk, path).tryAcquire({ permits: 2 })).rejects.toMatchObject({ code: "NO_AUTH" });
    await expect(semaphoreAt(zk, path).acquire()).rejects.toMatchObject({ code: "NO_AUTH" });
    const signal = AbortSignal.abort();
    await expect(semaphoreAt(zk, context.newPath()).tryAcquire({ signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(await semaphoreAt(zk, path).holders()).toEqual([]);
  });
});
