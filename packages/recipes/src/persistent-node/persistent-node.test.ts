import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { PersistentNode } from "./persistent-node.js";

describeOnEachEnsemble("a persistent node that is closed", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Resolves when the client's pending requests, and those that it sends on their answers, are done. */
  const settled = async (zk: ZooKeeper): Promise<void> => {
    for (let round = 0; round < 3; round++) await zk.sync("/").catch(() => {});
  };

  const present = async () => {
    const unstable = await context.unstable();
    const path = context.newPath();
    const node = new PersistentNode(unstable.zk, { path, data: "own" });
    await node.whenPresent();
    return { ...unstable, path, node, other: await context.client() };
  };

  it("does not delete a znode that replaced it while there was no connection", async () => {
    const { zk, path, node, other, isolate, accept, reaches } = await present();
    isolate();
    await reaches("suspended");
    expect(node.isPresent).toBe(true);
    await other.delete(path);
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await node.close();
    accept();
    await settled(zk);
    expect((await other.getData(path)).data?.toString()).toBe("other");
  });

  it("does not delete a znode that replaced it before the event arrived, because the version differs", async () => {
    const { zk, proxy, path, node, other } = await present();
    await node.setData("changed");
    await zk.sync(path);
    proxy.freeze("replies");
    await other.delete(path);
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    const closed = node.close();
    proxy.thaw();
    await closed;
    expect((await other.getData(path)).data?.toString()).toBe("other");
  });

  it("is deleted although another client wrote to it before the event arrived", async () => {
    const { proxy, path, node, other } = await present();
    proxy.freeze("replies");
    await other.setData(path, "changed");
    const closed = node.close();
    proxy.thaw();
    await closed;
    expect(await other.exists(path)).toBe(null);
  });

  it("is deleted although the reply was lost, and does not delete a later znode", async () => {
    const { zk, proxy, path, node, other } = await present();
    const lost = proxy.loseReply("delete");
    await node.close();
    await lost;
    await other.create(path, "other", { mode: CreateMode.EPHEMERAL });
    await settled(zk);
    expect((await other.getData(path)).data?.toString()).toBe("other");
  });
});
