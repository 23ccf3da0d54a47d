import { connect } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { Counter } from "./counter.js";
import { int64Codec } from "./int64-codec.js";

describeOnEachEnsemble("a counter", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  it("counts from its initial value, with additions of several clients", async () => {
    const path = `${context.newPath()}/deep`;
    const zk = await context.client();
    const counters = [
      new Counter(zk, { path, initial: 5n }),
      new Counter(await context.client(), { path, initial: 5n }),
    ];
    expect(await counters[0]!.get()).toBe(5n);
    await Promise.all(Array.from({ length: 20 }, (_, i) => counters[i % 2]!.add(i < 10 ? 3n : -1n)));
    await zk.sync(path);
    expect(await counters[0]!.get()).toBe(25n);
    expect((await zk.getData(path)).data?.toString("hex")).toBe("0000000000000019");
    expect(await counters[0]!.compareAndSet(24n, 1n)).toBe(false);
    expect(await counters[0]!.compareAndSet(25n, 1n)).toBe(true);
    await counters[0]!.set(7n);
    expect(await counters[0]!.add(0n)).toBe(7n);
  });

  it("adds once when the reply is lost and others add before the retry", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate, accept } = await context.unstable();
    const other = await context.client();
    const steady = new Counter(other, { path });
    const unstable = new Counter(zk, { path });
    for (const lose of [
      () => proxy.loseReply("multi"),
      () => proxy.loseRequest("multi"),
      () => proxy.loseReply("getData"),
    ]) {
      await steady.set(0n);
      await zk.sync(path);
      const lost = lose();
      const adding = unstable.add(1n);
      await lost;
      isolate();
      for (let i = 0; i < 5; i++) await steady.add(10n);
      accept();
      await adding;
      await other.sync(path);
      expect(await steady.get()).toBe(51n);
    }
  });

  it("rejects with the outcome unknown when the session ends before the reply", async () => {
    const path = context.newPath();
    const { zk, proxy, isolate, accept, reaches } = await context.dying();
    const other = await context.client();
    const unstable = new Counter(zk, { path });
    await unstable.add(1n);
    const lost = proxy.loseReply("multi");
    const adding = unstable.add(1n);
    const settled = expect(adding).rejects.toMatchObject({ outcome: "unknown" });
    await lost;
    isolate();
    await reaches("expired");
    // The proof exists until the server ends the session, which is later than the client's own clock.
    await eventually(async () => (await other.getChildren(path)).length === 0);
    accept();
    await settled;
    expect(await unstable.get()).toBe(2n);
  });

  it("leaves no proof znode, and rejects a sum that does not fit 64 bits", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const counter = new Counter(zk, { path });
    expect(await counter.add(2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
    await expect(counter.add(1n)).rejects.toThrow(RangeError);
    await eventually(async () => (await zk.getChildren(path)).length === 0);
    await zk.setData(path, "no number");
    await expect(counter.get()).rejects.toThrow("eight bytes, not 9");
  });
});

it.each([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)])("a counter encodes %s as eight bytes", (value) => {
  const bytes = int64Codec.encode(value) as Buffer;
  expect([bytes.length, int64Codec.decode(bytes)]).toEqual([8, value]);
});
