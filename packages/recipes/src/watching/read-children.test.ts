import { connect, jsonCodec, Permission, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { readChildren, unreadableReport } from "./read-children.js";

describeOnEachEnsemble("readChildren", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());
  const codec = jsonCodec<number>();
  const unexpected = (path: string, error: unknown): never => {
    throw new Error(`unreadable: ${path}`, { cause: error });
  };

  it("returns the decoded children in the order of their names, and none if the znode does not exist", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    const { requests } = proxy.traffic;
    expect(await readChildren(zk, path, codec, unexpected, {})).toEqual([]);
    expect(proxy.traffic.requests).toBe(requests + 1);
    await zk.create(path);
    for (const name of ["c", "a", "b"]) await zk.create(`${path}/${name}`, `${name.charCodeAt(0)}`);
    const stat = await zk.exists(`${path}/a`);
    const children = await readChildren(zk, path, codec, unexpected, {});
    expect(children.map(({ name, data }) => [name, data])).toEqual([
      ["a", 97],
      ["b", 98],
      ["c", 99],
    ]);
    expect(children[0]).toEqual({ name: "a", path: `${path}/a`, data: 97, stat });
  });

  it("leaves out a child that is deleted after the list was read", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/a`, "1");
    const getChildren: ZooKeeper["getChildren"] = async (...args) => [...(await zk.getChildren(...args)), "deleted"];
    const raced: ZooKeeper = new Proxy(zk, {
      get: (_, name) => {
        const value: unknown = name === "getChildren" ? getChildren : Reflect.get(zk, name);
        return typeof value === "function" ? value.bind(zk) : value;
      },
    });
    expect((await readChildren(raced, path, codec, unexpected, {})).map(({ name }) => name)).toEqual(["a"]);
  });

  it("reports and leaves out children that the ACL does not allow to read or the codec cannot decode", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/broken`, "{");
    const acl = [{ permissions: Permission.WRITE, id: { scheme: "world", id: "anyone" } }];
    await zk.create(`${path}/secret`, "1", { acl });
    await zk.create(`${path}/valid`, "2");
    const reports: [string, unknown][] = [];
    const children = await readChildren(zk, path, codec, (child, error) => void reports.push([child, error]), {});
    expect(children.map(({ name }) => name)).toEqual(["valid"]);
    expect(new Map(reports)).toEqual(
      new Map<string, unknown>([
        [`${path}/broken`, expect.any(Error)],
        [`${path}/secret`, expect.objectContaining({ code: "NO_AUTH" })],
      ]),
    );
  });

  it("rejects with any other error of the list or of a child", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await zk.create(`${path}/a`, "1");
    const stopped = { signal: AbortSignal.abort() };
    await expect(readChildren(zk, path, codec, unexpected, stopped)).rejects.toMatchObject({ code: "ABORTED" });
    const stop = new AbortController();
    const reading = readChildren(
      new Proxy(zk, {
        get: (_, name) => {
          if (name === "getData") stop.abort();
          const value: unknown = Reflect.get(zk, name);
          return typeof value === "function" ? value.bind(zk) : value;
        },
      }),
      ...([path, codec, unexpected, { signal: stop.signal }] as const),
    );
    await expect(reading).rejects.toMatchObject({ code: "ABORTED" });
  });
});

it("the report of an unreadable znode logs a warning and calls onUnreadable, whose error is logged", () => {
  const logged: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => void logged.push(["warn", message, fields]),
    error: (message, fields) => void logged.push(["error", message, fields]),
  };
  const [error, thrown] = [new Error("broken"), new Error("thrown")];
  const called: unknown[] = [];
  unreadableReport("a member of g", logger, {})("/g/a", error);
  const onUnreadable = (unreadable: object): void => {
    called.push(unreadable);
    throw thrown;
  };
  unreadableReport("a member of g", logger, { onUnreadable })("/g/a", error);
  expect(called).toEqual([{ name: "a", path: "/g/a", error }]);
  const warning = ["warn", "a member of g cannot be read and is left out", { path: "/g/a", error }];
  expect(logged).toEqual([warning, warning, ["error", "onUnreadable threw", { path: "/g/a", error: thrown }]]);
});
