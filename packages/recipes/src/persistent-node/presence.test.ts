import { CreateMode, connect, Permission } from "@conclave/client";
import { type Logger, silentLogger, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { setObeyedACL } from "../../test-support/obeyed-acl.js";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { PersistentNode } from "./persistent-node.js";

describeOnEachEnsemble("a persistent node", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());
  const readOnly = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

  it("creates its znode and missing parents, with its data and ACL, and reports that", async () => {
    const zk = await context.client();
    const path = `${context.newPath()}/deep/down`;
    const acl = [
      { permissions: Permission.CREATE | Permission.READ | Permission.DELETE, id: { scheme: "world", id: "anyone" } },
    ];
    await using node = new PersistentNode(zk, { path, data: "up", acl });
    const changes: boolean[] = [];
    const off = node.on((isPresent) => void changes.push(isPresent));
    expect([node.path, node.isPresent]).toEqual([path, false]);
    await node.whenPresent();
    expect([node.isPresent, changes]).toEqual([true, [true]]);
    const { data, stat } = await zk.getData(path);
    expect([data?.toString(), stat.ephemeralOwner]).toEqual(["up", zk.sessionId]);
    expect((await zk.getACL(path)).acl).toEqual(acl);
    await node.whenPresent();
    off();
    await node.close();
    expect(changes).toEqual([true]);
  });

  it("creates its znode again after another client deleted it, and reports both changes", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "up" });
    await node.whenPresent();
    const changes: boolean[] = [];
    node.on((isPresent) => void changes.push(isPresent));
    await other.delete(path);
    await eventually(() => changes.length === 2);
    expect([changes, node.isPresent]).toEqual([[false, true], true]);
    expect((await other.getData(path)).data?.toString()).toBe("up");
  });

  it("waits while another session owns the znode, and creates its own after that one is deleted", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await zk.sync(path);
    await using node = new PersistentNode(zk, { path, data: "own" });
    await settled(zk);
    expect([node.isPresent, (await zk.getData(path)).data?.toString()]).toEqual([false, "other"]);
    await other.delete(path);
    await node.whenPresent();
    expect((await zk.getData(path)).data?.toString()).toBe("own");
  });

  it("removes the watch on a foreign znode when it is closed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await zk.sync(path);
    const node = new PersistentNode(zk, { path, data: "own" });
    await settled(zk);
    await node.close();
    await eventually(async () => !(await zk.checkWatches(path, "any")));
    expect((await other.getData(path)).data?.toString()).toBe("other");
  });

  it("writes new data at once while it is present", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "first" });
    await node.whenPresent();
    await node.setData("second");
    expect((await zk.getData(path)).data?.toString()).toBe("second");
  });

  it("creates its znode with the data that was set before the creation was sent", async () => {
    const { zk, isolate, accept, reaches } = await context.unstable();
    isolate();
    await reaches("suspended");
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "first" });
    await settledLocally();
    await node.setData("second");
    accept();
    await node.whenPresent();
    await eventually(async () => `${(await zk.getData(path)).data}` === "second");
  });

  it("writes data that was set without a connection after the reconnection", async () => {
    const { zk, isolate, accept, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "first" });
    await node.whenPresent();
    isolate();
    await reaches("suspended");
    const written = node.setData("second");
    accept();
    await written;
    await eventually(async () => `${(await other.getData(path)).data}` === "second");
  });

  it("writes data after the reconnection when the connection was lost during the write", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "first" });
    await node.whenPresent();
    const lost = proxy.loseRequest("setData");
    await node.setData("second");
    await lost;
    await eventually(async () => `${(await other.getData(path)).data}` === "second");
  });

  it("has the last data in the znode that it creates after a deletion during the write", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "first" });
    await node.whenPresent();
    await Promise.all([other.delete(path), node.setData("second")]);
    await eventually(
      async () => node.isPresent && `${(await other.getData(path).catch(() => undefined))?.data}` === "second",
    );
  });

  it("rejects new data that the ensemble rejects", async () => {
    const zk = await context.client();
    await using node = new PersistentNode(zk, { path: context.newPath(), data: "up", acl: readOnly });
    await node.whenPresent();
    await expect(node.setData("changed")).rejects.toMatchObject({ code: "NO_AUTH" });
  });

  it("rejects whenPresent with the error of a rejected creation, logs it, and retries with increasing delays", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    await zk.create(parent, null, {
      acl: [{ permissions: Permission.READ | Permission.ADMIN, id: { scheme: "world", id: "anyone" } }],
    });
    const clock = new TestClock();
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => void warnings.push([message, fields]) };
    const random = { ...systemRandom, float: () => 0 };
    await using node = new PersistentNode(zk, { path: `${parent}/node`, data: null, clock, logger, random });
    const error = expect.objectContaining({ code: "NO_AUTH" });
    await expect(node.whenPresent()).rejects.toEqual(error);
    await eventually(() => clock.pending === 1);
    clock.advance(100);
    await expect(node.whenPresent()).rejects.toEqual(error);
    await eventually(() => clock.pending === 1);
    expect(clock.delays).toEqual([100, 200]);
    expect(warnings).toEqual([1, 2].map(() => [`creating ${parent}/node failed; retrying`, { error }]));
    await setObeyedACL(zk, parent, Permission.ALL);
    clock.advance(200);
    await node.whenPresent();
    await zk.setACL(parent, readOnly);
    await node.close();
  });

  it("starts over with the shortest delay after its presence changed", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    const closed = [{ permissions: Permission.READ | Permission.ADMIN, id: { scheme: "world", id: "anyone" } }];
    await zk.create(parent, null, { acl: closed });
    const clock = new TestClock();
    const random = { ...systemRandom, float: () => 0 };
    await using node = new PersistentNode(zk, { path: `${parent}/node`, data: null, clock, random });
    await eventually(() => clock.pending === 1);
    await setObeyedACL(zk, parent, Permission.ALL);
    clock.advance(100);
    await node.whenPresent();
    await setObeyedACL(zk, parent, Permission.ALL & ~Permission.CREATE);
    await zk.delete(`${parent}/node`);
    await eventually(() => clock.pending === 1);
    expect(clock.delays).toEqual([100, 100]);
  });

  it("rejects whenPresent with the reason of its signal, with CLOSED of its client, and when it is closed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await zk.sync(path);
    const node = new PersistentNode(zk, { path, data: "own" });
    const stop = new AbortController();
    const aborted = node.whenPresent({ signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(node.whenPresent({ signal: stop.signal })).rejects.toThrow("enough");
    const closed = expect(node.whenPresent()).rejects.toThrow(`${path} was closed`);
    await node.close();
    await closed;
    const second = new PersistentNode(zk, { path, data: "own" });
    const ended = expect(second.whenPresent()).rejects.toMatchObject({
      ...{ code: "CLOSED", outcome: "not-applied", path },
      message: `wait for ${path}: the client was closed`,
    });
    await zk.close();
    await ended;
  });

  it("reports its absence when its session expires, and creates its znode in the next session", async () => {
    const { zk, isolate, accept, expire, reaches } = await context.unstable();
    const path = context.newPath();
    await using node = new PersistentNode(zk, { path, data: "up" });
    await node.whenPresent();
    const changes: boolean[] = [];
    node.on((isPresent) => void changes.push(isPresent));
    isolate();
    await reaches("suspended");
    expect(node.isPresent).toBe(true);
    await expire();
    expect([node.isPresent, changes]).toEqual([false, [false]]);
    accept();
    await node.whenPresent();
    expect((await zk.exists(path))?.ephemeralOwner).toBe(zk.sessionId);
  });

  it("is created although the reply to the creation or to the read after it is lost", async () => {
    for (const operation of ["create", "exists"] as const) {
      const { zk, proxy } = await context.unstable();
      const lost = proxy.loseReply(operation);
      await using node = new PersistentNode(zk, { path: context.newPath(), data: "up" });
      await node.whenPresent();
      await lost;
      expect(node.isPresent).toBe(true);
    }
  });

  it("sends the creation and the read together, and no other request", async () => {
    const { zk, proxy } = await context.unstable();
    const path = context.newPath();
    const { requests } = proxy.traffic;
    proxy.freeze("replies");
    await using node = new PersistentNode(zk, { path, data: "up" });
    await eventually(() => proxy.traffic.requests === requests + 2);
    proxy.thaw();
    await node.whenPresent();
    await settledLocally();
    expect(proxy.traffic.requests).toBe(requests + 2);
  });

  it("has no effect after it was closed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const node = new PersistentNode(zk, { path, data: "up" });
    await node.whenPresent();
    await Promise.all([node.close(), node.close()]);
    expect([node.isPresent, await zk.exists(path)]).toEqual([false, null]);
    await other.create(path, "other");
    await other.delete(path);
    await settled(zk);
    expect(await zk.exists(path)).toBe(null);
  });
});

/** Resolves after the promises that are settled now and their continuations. */
function settledLocally(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}
