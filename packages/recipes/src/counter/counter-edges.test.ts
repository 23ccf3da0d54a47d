import { connect, Permission, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { Counter, type CounterOptions } from "./counter.js";
import { int64Codec } from "./int64-codec.js";

it("a counter is encoded in eight bytes, big-endian; other lengths and larger numbers are rejected", async () => {
  expect(Object.isFrozen(int64Codec)).toBe(true);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
    expect(() => int64Codec.encode(value)).toThrow(`${value} does not fit into 64 bits`);
  }
  expect(() => int64Codec.decode(null)).toThrow("a counter has eight bytes, not 0");
  expect(() => int64Codec.decode(Buffer.alloc(9))).toThrow("a counter has eight bytes, not 9");
});

describeOnEachEnsemble("a counter of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const counterAt = (zk: ZooKeeper, path: string, options: Partial<CounterOptions> = {}): Counter =>
    new Counter(zk, { ...(options as object), path });

  it("is 0 or its initial value before the first write, for each operation", async () => {
    const zk = await context.client();
    const [plain, initial] = [counterAt(zk, context.newPath()), counterAt(zk, context.newPath(), { initial: 5n })];
    expect([await plain.get(), await initial.get()]).toEqual([0n, 5n]);
    expect([await plain.add(2n), await initial.add(2n)]).toEqual([2n, 7n]);
    const unused = counterAt(zk, context.newPath(), { initial: 5n });
    expect([await unused.compareAndSet(0n, 1n), await unused.compareAndSet(5n, 1n), await unused.get()]).toEqual([
      ...[false, true, 1n],
    ]);
  });

  it("is compared again when another process wrote between the read and the write", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const steady = counterAt(other, path);
    for (const written of [3n, 1n]) {
      await steady.set(1n);
      await zk.sync(path);
      let reads = 0;
      const late = withMethods(zk, {
        typed: (codec) => {
          const typed = zk.typed(codec);
          const getData: typeof typed.getData = async (at, options) => {
            const read = await typed.getData(at, options);
            if (++reads === 1) await steady.set(written);
            return read;
          };
          return { ...typed, getData };
        },
      });
      expect([await counterAt(late, path).compareAndSet(1n, 9n), reads]).toEqual([written === 1n, 2]);
      await other.sync(path);
      expect(await steady.get()).toBe(written === 1n ? 9n : 3n);
    }
  });

  it("rejects calls that are not allowed or aborted, and options that are wrong", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const acl = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];
    await zk.create(path, int64Codec.encode(1n), { acl });
    const counter = counterAt(zk, path);
    await Promise.all(
      [counter.add(1n), counter.set(1n), counter.compareAndSet(1n, 2n)].map((call) =>
        expect(call).rejects.toMatchObject({ code: "NO_AUTH" }),
      ),
    );
    const options = { signal: AbortSignal.abort() };
    await Promise.all(
      [
        counter.get(options),
        counter.add(1n, options),
        counter.set(1n, options),
        counter.compareAndSet(1n, 2n, options),
      ].map((call) => expect(call).rejects.toMatchObject({ code: "ABORTED" })),
    );
    expect(new Counter(zk, { name: "c" }).path).toBe("/conclave/counters/c");
    expect(() => counterAt(zk, "a")).toThrow('"a" cannot be the path of a counter');
  });
});
