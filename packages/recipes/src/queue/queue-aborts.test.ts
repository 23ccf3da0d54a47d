import { connect, Permission, textCodec, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { Queue } from "./queue.js";
import type { QueueOptions } from "./queue-options.js";

describeOnEachEnsemble("a queue", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const queueOf = (zk: ZooKeeper, path: string, options: Partial<QueueOptions<string>> = {}): Queue<string> =>
    new Queue(zk, { ...(options as object), path, codec: textCodec });
  const childrenOf = async (zk: ZooKeeper, path: string): Promise<number> => (await zk.exists(path))?.numChildren ?? 0;

  it("rejects a take and a tryTake whose signal has aborted before, without a request", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    const queue = queueOf(zk, path);
    const { requests } = proxy.traffic;
    const reason = new Error("enough");
    for (const call of ["take", "tryTake"] as const) {
      await expect(queue[call]({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
        ...{ code: "ABORTED", outcome: "not-applied", cause: reason },
        message: `wait for an item of the queue ${path}: aborted by the caller`,
      });
    }
    expect(proxy.traffic.requests).toBe(requests);
  });

  it.each(["take", "tryTake"] as const)("releases an item that %s took after it was aborted", async (call) => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await queueOf(other, path).put("a");
    await (await queueOf(other, path).take()).release();
    await zk.sync(path);
    const stop = new AbortController();
    const taking = queueOf(zk, path)[call]({ signal: stop.signal });
    const rejected = expect(taking).rejects.toMatchObject({ code: "ABORTED" });
    proxy.freeze("replies");
    stop.abort();
    await rejected;
    proxy.thaw();
    await settled(zk);
    expect(await childrenOf(other, `${path}/taken`)).toBe(0);
    expect((await queueOf(other, path).take()).value).toBe("a");
  });

  it("leaves no watch and no place in the queue when a waiting take is aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const stop = new AbortController();
    const taking = queueOf(zk, path).take({ signal: stop.signal });
    taking.catch(() => {});
    await eventually(async () => (await childrenOf(zk, `${path}/waiting`)) === 1);
    await settled(zk);
    stop.abort();
    await expect(taking).rejects.toMatchObject({ code: "ABORTED" });
    await eventually(async () => (await childrenOf(zk, `${path}/waiting`)) === 0);
    for (const folder of ["items", "taken"]) {
      await eventually(async () => !(await zk.checkWatches(`${path}/${folder}`, "any")));
    }
  });

  it("ends consume when its signal aborts or its client is closed, and releases the item of the loop", async () => {
    for (const end of ["abort", "close"] as const) {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      await queueOf(other, path).put("a");
      await zk.sync(path);
      const stop = new AbortController();
      const values: string[] = [];
      const consuming = (async () => {
        for await (const item of queueOf(zk, path).consume({ signal: stop.signal })) {
          values.push(item.value);
          await item.ack();
        }
      })();
      await eventually(() => values.length === 1);
      await eventually(async () => (await childrenOf(other, `${path}/waiting`)) === 1);
      if (end === "abort") stop.abort();
      else await zk.close();
      await consuming;
      expect(values).toEqual(["a"]);
    }
  });

  it("rejects consume with the error of a take that the ensemble rejects", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/items`, null, {
      acl: [{ permissions: Permission.CREATE, id: { scheme: "world", id: "anyone" } }],
    });
    const first = queueOf(zk, path).consume().next();
    await expect(first).rejects.toMatchObject({ code: "NO_AUTH" });
  });

  it("lists its length and its dead letters, which are logged, and none before the first item", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => void logged.push([message, fields]) };
    const queue = queueOf(zk, path, { maxDeliveries: 1, logger });
    expect([await queue.length(), await queue.deadLetters(), await queue.tryTake()]).toEqual([0, [], undefined]);
    for (const value of ["a", "b"]) await queue.put(value);
    expect(await queue.length()).toBe(2);
    for (let i = 0; i < 2; i++) await (await queue.take()).release();
    await eventually(async () => (await childrenOf(zk, `${path}/taken`)) === 0);
    expect(await queue.tryTake()).toBe(undefined);
    const letters = await queue.deadLetters();
    expect(letters.map(({ data }) => `${data}`)).toEqual(["a", "b"]);
    expect(logged).toEqual(
      letters.map(({ name }) => [
        `an item of the queue ${path} became a dead letter`,
        { item: name, error: new Error("it was delivered 1 times") },
      ]),
    );
    expect(await queue.length()).toBe(0);
  });

  it("leaves no proof of a put", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await queueOf(zk, path).put("a");
    await eventually(async () => (await zk.getChildren(path)).join() === "items");
  });

  it("acknowledges an item only at its delivery, and rejects when another client deleted the lock or the item", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const queue = queueOf(zk, path);
    for (const folder of ["taken", "items"] as const) {
      await queue.put("a");
      const item = await queue.take();
      // The item of the first round is delivered again in the second.
      expect(item.deliveries).toBe(folder === "taken" ? 1 : 2);
      await other.delete(`${path}/${folder}/${item.name}`);
      await expect(item.ack()).rejects.toMatchObject({ name: "GrantLostError", code: "GONE" });
      await eventually(async () => (await childrenOf(zk, `${path}/taken`)) === 0);
    }
    expect(await queue.length()).toBe(1);
    await (await queue.take()).ack();
  });

  it("rejects an item when the put is not allowed", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, null, { acl: [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }] });
    await expect(queueOf(zk, path).put("a")).rejects.toMatchObject({ code: "NO_AUTH" });
  });
});
