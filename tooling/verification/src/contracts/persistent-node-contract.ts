import { PersistentNode } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";

const path = "/deep/node";

/** Declares the contract of `PersistentNode`: one test for each hazard. Call it in a separate suite. */
export function runPersistentNodeContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("persistent node contract", () => {
    test.for(["loseReply", "loseRequest"] as const)(
      "lost reply of a create: the znode exists and belongs to this session, by %s",
      async (context, lose) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        await other.create("/deep");
        const { zk } = await context.actor(proxy);
        const lost = proxy[lose](({ path }) => path?.endsWith("/deep/node") === true);
        const node = new PersistentNode(zk, { path, data: "x" });
        await node.whenPresent();
        await lost;
        await other.sync("/");
        expect(await other.exists(path)).toMatchObject({ ephemeralOwner: zk.sessionId });
      },
    );

    test("old-session ephemeral in the way: it is not taken for our own, and replaced after it is deleted", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      const node = new PersistentNode(zk, { path, data: "x" });
      await node.whenPresent();
      proxy.freeze();
      await states.first((state) => state === "expired");
      expect(node.isPresent).toBe(false);
      proxy.cut();
      proxy.heal();
      await node.whenPresent();
      await other.sync("/");
      expect(await other.exists(path)).toMatchObject({ ephemeralOwner: zk.sessionId });
    });

    test("ephemeral of another session in the way: it waits, also if it missed the deletion", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const theirs = new PersistentNode(other, { path, data: "theirs" });
      await theirs.whenPresent();
      const { zk, states } = await context.actor(proxy);
      const ours = new PersistentNode(zk, { path, data: "ours" });
      for (let look = 0; look < 10; look++) await zk.sync("/");
      expect(ours.isPresent).toBe(false);
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await theirs.close();
      proxy.accept();
      await ours.whenPresent();
      expect((await zk.getData(path)).data?.toString()).toBe("ours");
    });

    test.for([1, 2] as const)(
      "watch lost between read and set: the other ephemeral is deleted while reply %s is on its way",
      async (context, look) => {
        const other = await context.client();
        const theirs = new PersistentNode(other, { path, data: "theirs" });
        await theirs.whenPresent();
        let looks = 0;
        let isConnected = false;
        const proxy = await context.proxy(context.servers[0], {
          onRequest: ({ operation }) => {
            // Connecting reads the chroot.
            if (isConnected && operation === "exists" && ++looks === look) proxy.freeze("replies");
          },
        });
        const { zk } = await context.actor(proxy);
        isConnected = true;
        const ours = new PersistentNode(zk, { path, data: "ours" });
        // A change before the server has set the watch of the first read leads to no second one: change it until it does.
        await eventually(async () => {
          if (look === 2 && looks === 1) await theirs.setData("still theirs");
          return looks === look;
        });
        await theirs.close();
        await other.sync("/");
        proxy.thaw();
        await ours.whenPresent();
        expect((await zk.getData(path)).data?.toString()).toBe("ours");
      },
    );

    test("cache misses delete+re-create: it is created again after each deletion", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const node = new PersistentNode(zk, { path, data: "x" });
      await node.whenPresent();
      let last = 0n;
      for (let deletion = 0; deletion < 3; deletion++) {
        const stat = await eventually(async () => {
          await other.sync("/");
          return other.exists(path);
        });
        expect(stat!.czxid).toBeGreaterThan(last);
        last = stat!.czxid;
        await other.delete(path);
      }
      await eventually(async () => ((await other.exists(path))?.czxid ?? 0n) > last);
    });

    test("failed delete: it is deleted although the request was lost", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const node = new PersistentNode(zk, { path, data: "x" });
      await node.whenPresent();
      const lost = proxy.loseRequest("delete");
      await node.close();
      await lost;
      await eventually(async () => (await other.exists(path)) === null);
    });

    test("closed while its create is on its way: no znode is left", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await other.create("/deep");
      const { zk } = await context.actor(proxy);
      await zk.sync("/");
      proxy.freeze("replies");
      const node = new PersistentNode(zk, { path, data: "x" });
      await eventually(async () => (await other.exists(path)) !== null);
      const closed = node.close();
      proxy.thaw();
      await closed;
      await eventually(async () => (await other.exists(path)) === null);
    });
  });
}
