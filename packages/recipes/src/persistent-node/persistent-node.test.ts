import { CreateMode, connect, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { PersistentNode } from "./persistent-node.js";

describeOnEachEnsemble("a persistent node that is closed", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Its look has been answered, and what it does by that. */
  const looked = async (zk: ZooKeeper): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await zk.sync("/").catch(() => {});
  };

  const present = async () => {
    const unstable = await context.unstable();
    const path = context.newPath();
    const node = new PersistentNode(unstable.zk, { path, data: "ours" });
    await node.whenPresent();
    return { ...unstable, path, node, other: await context.client() };
  };

  it("leaves alone what took its place while there was no connection", async () => {
    const { zk, path, node, other, isolate, accept, reaches } = await present();
    isolate();
    await reaches("suspended");
    expect(node.isPresent).toBe(true);
    await other.delete(path);
    await other.create(path, "theirs", { mode: CreateMode.EPHEMERAL });
    await node.close();
    accept();
    await looked(zk);
    expect((await other.getData(path)).data?.toString()).toBe("theirs");
  });

  it("leaves alone what took its place though no word of it has come, by the version", async () => {
    const { zk, proxy, path, node, other } = await present();
    await node.setData("still ours");
    await zk.sync(path);
    proxy.freeze("replies");
    await other.delete(path);
    await other.create(path, "theirs", { mode: CreateMode.EPHEMERAL });
    const closed = node.close();
    proxy.thaw();
    await closed;
    expect((await other.getData(path)).data?.toString()).toBe("theirs");
  });

  it("goes though somebody wrote to it, and no word of that has come", async () => {
    const { proxy, path, node, other } = await present();
    proxy.freeze("replies");
    await other.setData(path, "changed");
    const closed = node.close();
    proxy.thaw();
    await closed;
    expect(await other.exists(path)).toBe(null);
  });

  it("goes though the answer to its deletion was lost, and leaves alone what came after it", async () => {
    const { zk, proxy, path, node, other } = await present();
    const lost = proxy.loseReply("delete");
    await node.close();
    await lost;
    await other.create(path, "theirs", { mode: CreateMode.EPHEMERAL });
    await looked(zk);
    expect((await other.getData(path)).data?.toString()).toBe("theirs");
  });
});
