import { connect, deleteRecursive, jsonCodec } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { SharedConfig } from "./shared-config.js";

interface Limits {
  readonly perSecond: number;
}

describeOnEachEnsemble("a shared configuration", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  const codec = jsonCodec<Limits>();
  beforeAll(() => context.open());

  it("is available to all clients from its initial value on, and reports each change", async () => {
    const path = `${context.newPath()}/deep`;
    const initial = { perSecond: 1 };
    const here = new SharedConfig(await context.client(), { path, codec, initial });
    const zk = await context.client();
    const there = new SharedConfig(zk, { path, codec, initial });
    const events = there.events();
    await Promise.all([here.ready, there.ready]);
    expect(there.current).toEqual({ perSecond: 1 });
    await here.set({ perSecond: 2 });
    expect((await events.next()).value).toEqual({ type: "changed", value: { perSecond: 2 }, previous: initial });
    expect(await here.update((limits) => ({ perSecond: limits!.perSecond * 10 }))).toEqual({ perSecond: 20 });
    await eventually(() => there.current?.perSecond === 20);
    // The proofs of the writes may still exist.
    await deleteRecursive(zk, path);
    await eventually(() => there.current?.perSecond === 1);
    await Promise.all([here.close(), there.close()]);
    const rest: unknown[] = [];
    for await (const event of events) rest.push(event);
    expect(rest).toHaveLength(2);
  });

  it("keeps its value and reports invalid data when another client writes data that cannot be decoded", async () => {
    const path = context.newPath();
    const zk = await context.client();
    await using config = new SharedConfig(zk, { path, codec });
    await config.ready;
    const invalid: unknown[] = [];
    config.on((event) => void (event.type === "invalid" && invalid.push(event.error)));
    await config.set({ perSecond: 2 });
    await zk.setData(path, "{");
    await eventually(() => invalid.length === 1);
    expect(config.current).toEqual({ perSecond: 2 });
    await zk.setData(path, '{"perSecond":3}');
    await eventually(() => config.current?.perSecond === 3);
  });

  it("catches up after an expired session, and ends when its client is closed", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const other = await context.client();
    const config = new SharedConfig(zk, { path, codec });
    await config.ready;
    isolate();
    await reaches("expired");
    expect(config.isFresh).toBe(false);
    const writer = new SharedConfig(other, { path, codec });
    await writer.set({ perSecond: 9 });
    await writer.close();
    accept();
    await eventually(() => config.current?.perSecond === 9 && config.isFresh);
    const end = config.events().next();
    await zk.close();
    expect(await end).toEqual({ done: true, value: undefined });
  });
});
