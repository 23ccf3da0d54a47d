/* Requests of a persistent node that fail, or that it must not send; presence.test.ts has the usual course. */
import { CreateMode, connect, OPEN_ACL_UNSAFE, Permission, ZkError, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { PersistentNode, type PersistentNodeOptions } from "./persistent-node.js";

describeOnEachEnsemble("the znode of a persistent node", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const nodeAt = (zk: ZooKeeper, path: string, options: Partial<PersistentNodeOptions> = {}) => {
    const warnings: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    const clock = new TestClock();
    const node = new PersistentNode(zk, { path, data: "first", logger, clock, ...options });
    onTestFinished(() => node.close());
    return { node, clock, warnings };
  };
  const dataOf = async (zk: ZooKeeper, path: string) => `${(await zk.getData(path)).data}`;

  it("has a path, and parents that are containers with its ACL", async () => {
    const zk = await context.client();
    expect(() => nodeAt(zk, "a")).toThrow('"a" cannot be the path of a persistent node');
    const acl = [...OPEN_ACL_UNSAFE, { permissions: Permission.READ, id: { scheme: "ip", id: "127.0.0.1" } }];
    const path = context.newPath();
    const modes: (CreateMode | undefined)[] = [];
    const watched = withMethods(zk, {
      create: (at, data, options) => {
        if (at === path) modes.push(options?.mode);
        return zk.create(at, data, options);
      },
    });
    await nodeAt(watched, `${path}/node`, { acl }).node.whenPresent();
    expect([(await zk.getACL(path)).acl.length, modes]).toEqual([2, [CreateMode.CONTAINER]]);
  });

  it.each(["BAD_ARGUMENTS", "INVALID_ACL", "QUOTA_EXCEEDED", "NO_CHILDREN_FOR_EPHEMERALS"] as const)(
    "that cannot be created rejects the wait for it with %s, and no timer is left when it is closed",
    async (code) => {
      const zk = await context.client();
      const error = new ZkError(code, "rejected", { outcome: "not-applied" });
      const { node, clock } = nodeAt(withMethods(zk, { create: () => Promise.reject(error) }), context.newPath());
      await expect(node.whenPresent()).rejects.toBe(error);
      await eventually(() => clock.pending === 1);
      await node.close();
      expect(clock.pending).toBe(0);
    },
  );

  it("is created at once after that of another session was deleted or a reply was lost, without a warning", async () => {
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await zk.sync(path);
    const foreign = nodeAt(zk, path);
    await settled(zk);
    await other.delete(path);
    await foreign.node.whenPresent();
    const lost = proxy.loseReply("create");
    const second = nodeAt(zk, context.newPath());
    await second.node.whenPresent();
    await lost;
    for (const { clock, warnings } of [foreign, second]) expect([clock.delays, warnings]).toEqual([[], []]);
  });

  it.each(["deleted", "CONNECTION_LOSS"] as const)(
    "has the data that was set while it was created although the write of it fails: %s",
    async (failure) => {
      const [zk, other] = [await context.client(), await context.client()];
      const path = context.newPath();
      let failures = 1;
      const late = withMethods(zk, {
        setData: async (at, data, options) => {
          if (failures-- > 0) {
            if (failure === "CONNECTION_LOSS") throw new ZkError(failure, "lost", { outcome: "not-applied" });
            await other.delete(path);
          }
          return zk.setData(at, data, options);
        },
        create: (at, data, options) => {
          const created = zk.create(at, data, options);
          if (`${data}` === "first") void node.setData("second");
          return created;
        },
      });
      const { node } = nodeAt(late, path);
      await eventually(async () => node.isPresent && (await dataOf(other, path).catch(() => "")) === "second");
      expect(failures).toBeLessThan(1);
    },
  );

  it("leaves the watches of others when it is closed, and removes none while it is present", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await zk.sync(path);
    let removals = 0;
    const counted = withMethods(zk, {
      removeWatches: (at, options) => {
        removals++;
        return zk.removeWatches(at, options);
      },
    });
    const { node } = nodeAt(counted, path);
    let events = 0;
    await zk.exists(path, { watch: () => void events++ });
    await settled(zk);
    await node.close();
    await settled(zk);
    await other.delete(path);
    await eventually(() => events === 1);
    {
      await using scoped = new PersistentNode(counted, { path, data: null });
      await scoped.whenPresent();
    }
    expect([await zk.exists(path), removals]).toEqual([null, 1]);
  });
});
