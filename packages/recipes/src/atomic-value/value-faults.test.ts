/* Values at the edges: versions, rejected writes and parents; atomic-value.test.ts has the usual changes. */
import { connect, Permission, textCodec, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { AtomicValue } from "./atomic-value.js";

describeOnEachEnsemble("a value of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const valueAt = (zk: ZooKeeper, path: string): AtomicValue<string> => new AtomicValue(zk, { path, codec: textCodec });
  const readOnly = [{ permissions: Permission.READ, id: { scheme: "world", id: "anyone" } }];

  it("is created by the first set, and replaced by the next, also after another client deleted it", async () => {
    const zk = await context.client();
    const path = `${context.newPath()}/deep/down`;
    const value = valueAt(zk, path);
    expect([value.path, await value.get()]).toEqual([path, undefined]);
    await value.set("1");
    await value.set("2");
    expect(await value.get()).toMatchObject({ data: "2", stat: { version: 1 } });
    for (const name of await zk.getChildren(path)) await zk.delete(`${path}/${name}`).catch(() => {});
    await zk.delete(path);
    await value.set("3");
    expect((await value.get())?.data).toBe("3");
  });

  it("is not replaced by compareAndSet with the version -1, which means any version in a write", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const value = valueAt(zk, path);
    await value.set("1");
    const read = await value.get();
    const worn = { data: "1", stat: { ...read!.stat, version: -1 } };
    expect(await value.compareAndSet(worn, "2")).toBe(false);
    expect(await value.compareAndSet({ ...worn, stat: { ...worn.stat, version: 7 } }, "2")).toBe(false);
    expect((await value.get())?.data).toBe("1");
    expect(await value.compareAndSet(read, "2")).toBe(true);
    expect((await value.get())?.data).toBe("2");
  });

  it("is not created by compareAndSet while it exists, nor replaced after it was deleted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const value = valueAt(zk, path);
    await zk.create(path, "1");
    const read = await value.get();
    expect(await value.compareAndSet(undefined, "2")).toBe(false);
    await zk.delete(path);
    expect(await value.compareAndSet(read, "2")).toBe(false);
    expect(await zk.exists(path)).toBe(null);
  });

  it("is changed again by update when another write was applied in between, and resolves with what it wrote", async () => {
    const zk = await context.client();
    const path = context.newPath();
    let conflicts = 2;
    const value = valueAt(zk, path);
    const seen: (string | undefined)[] = [];
    const written = await value.update(async (now) => {
      seen.push(now);
      if (conflicts-- > 0) await zk.setData(path, `${conflicts}`).catch(() => zk.create(path, "other"));
      return `${now} changed`;
    });
    expect([written, seen, (await value.get())?.data]).toEqual(["0 changed", [undefined, "other", "0"], "0 changed"]);
  });

  it("rejects a write or a read that is not allowed, and any call that is aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1", { acl: readOnly });
    const value = valueAt(zk, path);
    const read = await value.get();
    const denied = { code: "NO_AUTH" };
    await expect(value.set("2")).rejects.toMatchObject(denied);
    await expect(value.compareAndSet(read, "2")).rejects.toMatchObject(denied);
    await expect(valueAt(zk, `${path}/below`).set("2")).rejects.toMatchObject(denied);
    await expect(valueAt(zk, `${path}/below/deep`).compareAndSet(undefined, "2")).rejects.toMatchObject(denied);
    const signal = AbortSignal.abort();
    await Promise.all(
      [value.get({ signal }), value.set("2", { signal }), value.update(() => "2", { signal })].map((call) =>
        expect(call).rejects.toMatchObject({ code: "ABORTED" }),
      ),
    );
    const [hidden, acl] = [context.newPath(), [{ ...readOnly[0]!, permissions: Permission.WRITE }]];
    await zk.create(hidden, "1", { acl });
    await expect(valueAt(zk, hidden).get()).rejects.toMatchObject(denied);
    expect((await value.get())?.data).toBe("1");
  });

  it("is created with its ACL, and has a path by its name", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const acl = [{ permissions: Permission.ALL & ~Permission.ADMIN, id: { scheme: "world", id: "anyone" } }];
    await new AtomicValue(zk, { path, codec: textCodec, acl }).set("1");
    expect((await zk.getACL(path)).acl).toEqual(acl);
    expect(new AtomicValue(zk, { name: "limit", codec: textCodec }).path).toBe("/conclave/values/limit");
    expect(() => new AtomicValue(zk, { path: "a", codec: textCodec })).toThrow('"a" cannot be the path of a value');
  });

  it("is created although its parent vanishes in between", async () => {
    const zk = await context.client();
    const parent = context.newPath();
    let attempts = 0;
    const late = withMethods(zk, {
      transaction: () => {
        if (++attempts === 2) void zk.delete(parent);
        return zk.transaction();
      },
    });
    expect(await valueAt(late, `${parent}/value`).compareAndSet(undefined, "1")).toBe(true);
    expect(attempts).toBe(3);
  });
});
