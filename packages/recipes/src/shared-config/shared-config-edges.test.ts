import { connect, jsonCodec, textCodec, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { SharedConfig, type SharedConfigEvent, type SharedConfigOptions } from "./shared-config.js";

describeOnEachEnsemble("a configuration of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const configAt = (zk: ZooKeeper, path: string, options: Partial<SharedConfigOptions<string>> = {}) => {
    const config = new SharedConfig<string>(zk, { codec: textCodec, ...(options as object), path });
    onTestFinished(() => config.close());
    const events: SharedConfigEvent<string>[] = [];
    const remove = config.on((event) => void events.push(event));
    return { config, events, remove };
  };

  it("has its initial value until the first write and again after the deletion, without writing it", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const { config, events } = configAt(zk, path, { initial: "0" });
    expect([config.path, config.current, config.isFresh]).toEqual([path, "0", false]);
    await config.ready;
    expect([await zk.exists(path), config.current, config.isFresh, events]).toEqual([null, "0", true, []]);
    await zk.create(path, "1");
    await eventually(() => config.current === "1");
    await zk.delete(path);
    await eventually(() => config.current === "0");
    expect(events).toEqual([
      { type: "changed", value: "1", previous: "0" },
      { type: "changed", value: "0", previous: "1" },
    ]);
    const { config: none } = configAt(zk, context.newPath());
    await none.ready;
    expect(none.current).toBe(undefined);
  });

  it("passes its initial value to an update while there is none, and later the present one", async () => {
    const zk = await context.client();
    const { config } = configAt(zk, context.newPath(), { initial: "0" });
    expect(await config.update((value) => `${value}1`)).toBe("01");
    expect(await config.update(async (value) => `${value}2`)).toBe("012");
    await config.set("3");
    await eventually(() => config.current === "3");
    const signal = AbortSignal.abort();
    await expect(config.set("4", { signal })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(config.update(() => "4", { signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("keeps its value and reports the error when the data cannot be decoded, with a codec of either kind", async () => {
    const zk = await context.client();
    for (const isAsync of [false, true]) {
      const path = context.newPath();
      const codec = jsonCodec<string>();
      const decode = isAsync ? async (data: Buffer | null) => codec.decode(data) : codec.decode;
      const { config, events } = configAt(zk, path, { codec: { ...codec, decode } });
      await config.ready;
      await config.set("a");
      await zk.setData(path, "{");
      await eventually(() => events.length === 2);
      expect([config.current, events]).toEqual([
        "a",
        [
          { type: "changed", value: "a", previous: undefined },
          { type: "invalid", error: expect.objectContaining({ name: "SyntaxError" }) },
        ],
      ]);
    }
  });

  it("keeps its value and reports the error when the data is longer than the client accepts", async () => {
    const [server = ""] = ensemble.connectString().split(",");
    const zk = await connect(server, { maxReplyBytes: 10_000 });
    onTestFinished(() => zk.close());
    const other = await context.client();
    const path = context.newPath();
    await other.create(path, "1");
    await zk.sync(path);
    const { config, events } = configAt(zk, path);
    await config.ready;
    await other.setData(path, "x".repeat(10_000));
    await eventually(() => events.length === 2);
    expect([config.current, events[1]]).toMatchObject(["1", { type: "invalid", error: { code: "REPLY_TOO_LARGE" } }]);
  });

  it("is iterated until it is closed, its signal aborts or its scope ends; a listener is called until it is removed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const { config, events, remove } = configAt(zk, path);
    await config.ready;
    const stop = new AbortController();
    const [all, aborted] = [config.events(), config.events({ signal: stop.signal })];
    stop.abort();
    await other.create(path, "1");
    await eventually(() => config.current === "1");
    expect(await aborted.next()).toEqual({ done: true, value: undefined });
    remove();
    await other.setData(path, "2");
    await eventually(() => config.current === "2");
    expect(events).toHaveLength(1);
    await config.close();
    await other.setData(path, "3");
    await settled(zk);
    expect([config.current, config.isFresh]).toEqual(["2", false]);
    const seen: unknown[] = [];
    for (let next = await all.next(); next.done !== true; next = await all.next()) seen.push(next.value);
    expect(seen).toMatchObject([{ value: "1" }, { value: "2" }]);
    let rest: AsyncIterableIterator<unknown>;
    {
      await using scoped = new SharedConfig(zk, { path, codec: textCodec });
      rest = scoped.events();
    }
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) expect(next.value).toBeDefined();
  });

  it("logs an error of a listener, has a path by its name, and rejects a path that is wrong", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const errors: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: (_, fields) => void errors.push(fields?.error) };
    const { config } = configAt(zk, path, { logger });
    const error = new Error("of the listener");
    config.on(() => {
      throw error;
    });
    await config.ready;
    await zk.create(path, "1");
    await eventually(() => errors.length === 1);
    expect(errors).toEqual([error]);
    await using named = new SharedConfig(zk, { name: "limits", codec: textCodec });
    expect(named.path).toBe("/conclave/configs/limits");
    expect(() => new SharedConfig(zk, { path: "a", codec: textCodec })).toThrow(
      '"a" cannot be the path of a configuration',
    );
  });
});
