import { connect, jsonCodec } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { AtomicValue } from "./atomic-value.js";

describeOnEachEnsemble("an atomic value", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  const codec = jsonCodec<readonly string[]>();
  beforeAll(() => context.open());

  it("compareAndSet replaces the value only if it was not changed since it was read", async () => {
    const path = `${context.newPath()}/deep`;
    const value = new AtomicValue(await context.client(), { path, codec });
    const none = await value.get();
    expect(none).toBe(undefined);
    expect(await value.compareAndSet(none, ["first"])).toBe(true);
    expect(await value.compareAndSet(none, ["late"])).toBe(false);
    const first = await value.get();
    expect(await value.compareAndSet(first, ["second"])).toBe(true);
    expect(await value.compareAndSet(first, ["late"])).toBe(false);
    expect((await value.get())?.data).toEqual(["second"]);
  });

  it("keeps each of many concurrent updates although requests and replies are lost", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const steady = new AtomicValue(await context.client(), { path, codec });
    const unstable = new AtomicValue(zk, { path, codec });
    const add = (to: AtomicValue<readonly string[]>, word: string) => to.update((words = []) => [...words, word]);
    const lost = [proxy.loseReply("multi"), proxy.loseRequest("multi"), proxy.loseReply("sync")];
    await Promise.all(Array.from({ length: 12 }, (_, i) => add(i % 2 ? unstable : steady, `${i}`)));
    await Promise.all(lost);
    await zk.sync(path);
    expect((await unstable.get())?.data.toSorted()).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`).toSorted());
  });

  it("rejects with the error of the update function, and with errors of the codec", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const value = new AtomicValue(zk, { path, codec });
    const refuse = (): never => {
      throw new RangeError("no");
    };
    await expect(value.update(refuse)).rejects.toThrow("no");
    await expect(value.set([], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await zk.create(path, "{");
    await expect(value.get()).rejects.toMatchObject({ name: "CodecError", path });
  });
});
