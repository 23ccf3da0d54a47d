/* An attempt (`tryAcquire`) fails only if too few permits were free at a moment of the call, and then writes nothing. */
import { CreateMode, connect, Permission, type ZooKeeper } from "@conclave/client";
import { randomInt } from "@conclave/runtime";
import { eventually, forEachSeed, type ProxiedRequest, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import type { Grant } from "../grant/grant.js";
import { Semaphore } from "./semaphore.js";

const CHILDREN_ONLY = [
  {
    permissions: Permission.CREATE | Permission.READ | Permission.DELETE,
    id: { scheme: "world", id: "anyone" },
  },
];

describeOnEachEnsemble("attempts to acquire permits of a semaphore", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const clients = (count: number): Promise<ZooKeeper[]> =>
    Promise.all(Array.from({ length: count }, () => context.client()));
  /** Returns a client each request of which is passed to `onRequest`. */
  const observed = async (onRequest: (request: ProxiedRequest) => unknown): Promise<ZooKeeper> => {
    const [target = ""] = ensemble.connectString().split(",");
    const proxy = await startFaultProxy({ target, onRequest: (request) => void onRequest(request) });
    const zk = await connect(proxy.connectString, { sessionTimeoutMs: PATIENT_SESSION_MS });
    onTestFinished(async () => {
      await zk.close();
      await proxy.close();
    });
    return zk;
  };
  const releaseAll = (grants: readonly (Grant | undefined)[]) => Promise.all(grants.map((grant) => grant?.release()));

  it("both succeed when two of one object are concurrent and two permits are free", async () => {
    const semaphore = new Semaphore(await context.client(), { path: context.newPath(), permits: 2 });
    for (let round = 0; round < 25; round++) {
      const won = await Promise.all([semaphore.tryAcquire(), semaphore.tryAcquire()]);
      expect([round, won.includes(undefined)]).toEqual([round, false]);
      await releaseAll(won);
    }
  });

  it("all succeed when those of three sessions are concurrent and enough permits are free", async () => {
    const path = context.newPath();
    const semaphores = (await clients(3)).map((zk) => new Semaphore(zk, { path, permits: 10 }));
    for (let round = 0; round < 10; round++) {
      const won = await Promise.all(semaphores.flatMap((each) => [1, 2, 3].map(() => each.tryAcquire())));
      expect([round, won.includes(undefined)]).toEqual([round, false]);
      await releaseAll(won);
    }
  });

  it("acquire no permit, and block no other attempt, when they ask for more permits than are free", async () => {
    const path = context.newPath();
    const semaphores = (await clients(4)).map((zk) => new Semaphore(zk, { path, permits: 5 }));
    for (let round = 0; round < 10; round++) {
      const won = await Promise.all(semaphores.map((each) => each.tryAcquire({ permits: 2 })));
      expect([round, won.filter((grant) => grant !== undefined).length]).toEqual([round, 2]);
      const last = await semaphores[round % 4]!.tryAcquire();
      expect([round, last === undefined]).toEqual([round, false]);
      await releaseAll([...won, last]);
    }
  });

  it("succeed while other contenders wait for the queue lock", async () => {
    const path = context.newPath();
    const [zk, other] = [await context.client(), await context.client()];
    const semaphore = new Semaphore(zk, { path, permits: 2 });
    await (await semaphore.acquire()).release();
    await other.sync(path);
    // A process that does not continue holds the queue lock.
    const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
    await other.create(`${path}/locks/_c_00000000-0000-0000-0000-000000000000-lock-`, null, { mode });
    await using won = await semaphore.tryAcquire();
    expect(won?.signal.aborted).toBe(false);
  });

  it("do not acquire a permit for which a contender waits", async () => {
    const path = context.newPath();
    const [steady, other] = (await clients(2)).map((zk) => new Semaphore(zk, { path, permits: 3 }));
    const held = await steady!.acquire({ permits: 2 });
    const waiting = other!.acquire({ permits: 2 });
    await eventually(async () => (await steady!.holders()).length === 4, { what: "the permit that is waited for" });
    expect(await steady!.tryAcquire()).toBe(undefined);
    await held.release();
    await using won = await waiting;
    expect(won.signal.aborted).toBe(false);
  });

  it("write nothing, and cost one round trip of two reads, when they fail", async () => {
    const path = context.newPath();
    const holder = new Semaphore(await context.client(), { path, permits: 1 });
    await using _held = await holder.acquire();
    let operations: (string | undefined)[] = [];
    const zk = await observed(({ operation }) => operations.push(operation));
    await zk.sync(path);
    operations = [];
    expect(await new Semaphore(zk, { path, permits: 1 }).tryAcquire()).toBe(undefined);
    expect(operations).toEqual(["sync", "getChildren2"]);
  });

  it.each([
    ["loseReply", "an ACL that allows everything", undefined, [1, 2, 3]],
    ["loseRequest", "an ACL that allows everything", undefined, [1, 2, 3]],
    // Without a version the permits of the lost reply are deleted, and others are created.
    ["loseReply", "an ACL that does not allow writes to the parent", CHILDREN_ONLY, [1, 4, 5]],
  ] as const)("succeed once although a reply is lost: %s with %s", async (lose, _, acl, numbers) => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const observer = new Semaphore(await context.client(), { path, permits: 4, acl });
    const semaphore = new Semaphore(zk, { path, permits: 4, acl });
    await (await semaphore.tryAcquire())?.release();
    const held = await observer.acquire();
    const lost = proxy[lose]("multi");
    const won = await semaphore.tryAcquire({ permits: 2 });
    await lost;
    expect(won?.signal.aborted).toBe(false);
    expect((await observer.holders()).map((holder) => Number(holder.path.slice(-10)))).toEqual(numbers);
    await Promise.all([won?.release(), held.release()]);
    await eventually(async () => (await observer.holders()).length === 0, { what: "the deletion of all permits" });
  });

  it("succeed although a reply is lost and the parent of the permits is deleted meanwhile", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate, accept } = await context.unstable();
    const other = await context.client();
    const semaphore = new Semaphore(zk, { path, permits: 2 });
    const lost = proxy.loseReply("multi");
    const attempt = semaphore.tryAcquire();
    await lost;
    isolate();
    for (const name of await other.getChildren(`${path}/leases`)) await other.delete(`${path}/leases/${name}`);
    await other.delete(`${path}/leases`);
    accept();
    expect((await attempt)?.signal.aborted).toBe(false);
    expect(await new Semaphore(other, { path, permits: 2 }).holders()).toHaveLength(1);
  });

  it("leave no permit when they are aborted before the reply", async () => {
    const path = context.newPath();
    let stop = new AbortController();
    const zk = await observed(({ operation }) => operation === "multi" && stop.abort());
    const semaphore = new Semaphore(zk, { path, permits: 3 });
    await expect(semaphore.tryAcquire({ signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    stop = new AbortController();
    await expect(semaphore.tryAcquire({ permits: 2, signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
    const observer = new Semaphore(await context.client(), { path, permits: 3 });
    await eventually(async () => (await observer.holders()).length === 0, { what: "the deletion of all permits" });
  });

  it("succeed when the ACL does not allow writes to the parent of the permits", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const semaphore = new Semaphore(zk, { path, permits: 3, acl: CHILDREN_ONLY });
    const two = await semaphore.tryAcquire({ permits: 2 });
    const one = await semaphore.acquire();
    expect([two?.signal.aborted, one.signal.aborted]).toEqual([false, false]);
    expect(await semaphore.tryAcquire()).toBe(undefined);
    await two?.release();
    await one.release();
    expect(await semaphore.holders()).toEqual([]);
  });

  it("never fail, in a random order, while enough permits are free during the whole call", async () => {
    const PERMITS = 4;
    const zks = await clients(4);
    await forEachSeed(
      async (random) => {
        const path = context.newPath();
        let now = 0;
        /** Times in which permits may have been held: from the call that acquired them until their release was confirmed. */
        const holds: { readonly from: number; to: number; readonly permits: number }[] = [];
        const refusals: { readonly from: number; readonly to: number; readonly permits: number }[] = [];
        const contend = async (zk: ZooKeeper): Promise<void> => {
          const semaphore = new Semaphore(zk, { path, permits: PERMITS });
          for (let round = 0; round < 20; round++) {
            const [from, permits] = [++now, 1 + randomInt(random, 3)];
            const grant = await semaphore.tryAcquire({ permits });
            if (grant === undefined) refusals.push({ from, to: ++now, permits });
            else {
              const hold = { from, to: Number.POSITIVE_INFINITY, permits };
              holds.push(hold);
              for (let step = randomInt(random, 4); step > 0; step--) await zk.sync("/");
              await grant.release();
              hold.to = ++now;
            }
          }
        };
        await Promise.all(zks.map(contend));
        const heldAt = (time: number): number =>
          holds.reduce((sum, { from, to, permits }) => sum + (from <= time && time <= to ? permits : 0), 0);
        for (const { from, to, permits } of refusals) {
          const times = Array.from({ length: to - from + 1 }, (_, index) => from + index);
          expect(Math.max(...times.map(heldAt)) + permits, "permits held plus permits requested").toBeGreaterThan(
            PERMITS,
          );
        }
        expect(Math.min(holds.length, refusals.length)).toBeGreaterThan(0);
      },
      { count: 3 },
    );
  });
});
