/* An attempt (`tryAcquire`, `tryTake`) that fails writes nothing; one that lost a race reads the queue again. */
import { connect, textCodec, type ZooKeeper } from "@conclave/client";
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, PATIENT_SESSION_MS, TestContext } from "../../test-support/test-context.js";
import { MultiLock } from "../multi-lock/multi-lock.js";
import { Mutex } from "../mutex/mutex.js";
import { Queue } from "../queue/queue.js";
import { ReadWriteLock } from "../read-write-lock/read-write-lock.js";

type Attempt = readonly [
  /** Takes the lock or item, so that the attempt fails. */
  hold: (zk: ZooKeeper, path: string) => Promise<unknown>,
  attempt: (zk: ZooKeeper, path: string) => Promise<unknown>,
];

const both = (zk: ZooKeeper, path: string): MultiLock =>
  new MultiLock(["a", "b"].map((name) => new Mutex(zk, { path: `${path}/${name}` })));
const queue = (zk: ZooKeeper, path: string): Queue<string> => new Queue(zk, { path, codec: textCodec });

const attempts: Readonly<Record<string, Attempt>> = {
  "a mutex": [(zk, path) => new Mutex(zk, { path }).acquire(), (zk, path) => new Mutex(zk, { path }).tryAcquire()],
  "a read lock": [
    (zk, path) => new ReadWriteLock(zk, { path }).write.acquire(),
    (zk, path) => new ReadWriteLock(zk, { path }).read.tryAcquire(),
  ],
  "a write lock": [
    (zk, path) => new ReadWriteLock(zk, { path }).read.acquire(),
    (zk, path) => new ReadWriteLock(zk, { path }).write.tryAcquire(),
  ],
  "two locks, of which the last is held": [
    async (zk, path) => {
      await (await both(zk, path).acquire()).release();
      await new Mutex(zk, { path: `${path}/b` }).acquire();
    },
    (zk, path) => both(zk, path).tryAcquire(),
  ],
  "a queue, the only item of which is taken": [
    async (zk, path) => {
      await queue(zk, path).put("item");
      await queue(zk, path).take();
    },
    (zk, path) => queue(zk, path).tryTake(),
  ],
};

describeOnEachEnsemble("an attempt", (servers) => {
  const ensemble = oneServer(servers);
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Returns a client and the operations of all its requests. */
  const observed = async (onRequest: (request: ProxiedRequest, proxy: FaultProxy) => unknown): Promise<ZooKeeper> => {
    const proxy: FaultProxy = await startFaultProxy({
      target: ensemble.connectString(),
      onRequest: (request) => void onRequest(request, proxy),
    });
    const zk = await connect(proxy.connectString, { sessionTimeoutMs: PATIENT_SESSION_MS });
    onTestFinished(async () => {
      await zk.close();
      await proxy.close();
    });
    return zk;
  };

  it.each(Object.entries(attempts))("at %s writes nothing when it fails", async (_, [hold, attempt]) => {
    const path = context.newPath();
    await hold(await context.client(), path);
    const operations: (string | undefined)[] = [];
    const zk = await observed(({ operation }) => operations.push(operation));
    await zk.sync(path);
    expect(await attempt(zk, path)).toBe(undefined);
    expect(operations.filter((operation) => !/^(connect|sync|getChildren|undefined)/.test(`${operation}`))).toEqual([]);
  });

  it("at a lock that another contender acquired first reads the queue again, and acquires the lock if it is free by then", async () => {
    const path = context.newPath();
    const other = new Mutex(await context.client(), { path });
    await (await other.acquire()).release();
    let steps: Partial<Record<string, (proxy: FaultProxy) => Promise<void>>> = {};
    const zk = await observed(({ operation }, proxy) => {
      const step = steps[operation ?? ""];
      if (step === undefined) return;
      steps = { ...steps, [operation ?? ""]: undefined };
      // This request and those after it wait until the step is done.
      proxy.freeze("requests");
      void step(proxy).then(() => proxy.thaw());
    });
    let held: AsyncDisposable | undefined;
    steps = {
      create2: async () => {
        held = await other.acquire();
      },
      delete: async () => held?.[Symbol.asyncDispose](),
    };
    await using won = await new Mutex(zk, { path }).tryAcquire();
    expect([steps, won?.signal.aborted]).toEqual([{ create2: undefined, delete: undefined }, false]);
    expect(await other.contenders()).toHaveLength(1);
  });
});
