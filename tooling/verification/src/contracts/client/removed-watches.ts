import type { WatchEvent } from "@conclave/client";
import { collectEvents } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks the removal of one-shot watches. */
export function removedWatches(test: ContractTest): void {
  describe("checkWatches", () => {
    test("returns true if the server has a watch of that kind", async (context) => {
      const zk = await context.client();
      const kinds = () => Promise.all((["data", "children", "any"] as const).map((kind) => zk.checkWatches("/", kind)));
      expect(await kinds()).toEqual([false, false, false]);
      await zk.getData("/", { watch: () => {} });
      expect(await kinds()).toEqual([true, false, true]);
      await zk.getChildren("/", { watch: () => {} });
      expect(await kinds()).toEqual([true, true, true]);
      await zk.setData("/", "x");
      expect(await kinds()).toEqual([false, true, true]);
    });
  });

  describe("removeWatches", () => {
    test("removes the watches of one kind, and of all", async (context) => {
      const zk = await context.client();
      const [data, children] = [collectEvents<WatchEvent>(), collectEvents<WatchEvent>()];
      await zk.getData("/", { watch: data.add });
      await zk.getChildren("/", { watch: children.add });
      await zk.removeWatches("/", { type: "data" });
      expect([await zk.checkWatches("/", "data"), await zk.checkWatches("/", "children")]).toEqual([false, true]);
      await zk.removeWatches("/");
      expect(await zk.checkWatches("/", "any")).toBe(false);
      await zk.setData("/", "x");
      await zk.create("/a");
      expect([data.events, children.events]).toEqual([[], []]);
    });

    test("removes one listener and keeps the other", async (context) => {
      const zk = await context.client();
      const [one, two] = [collectEvents<WatchEvent>(), collectEvents<WatchEvent>()];
      await zk.exists("/a", { watch: one.add });
      await zk.exists("/a", { watch: two.add });
      await zk.removeWatches("/a", { listener: one.add });
      await zk.create("/a");
      expect([one.events, two.events]).toEqual([[], [{ type: "nodeCreated", path: "/a" }]]);
    });

    test("calls no removed listener after the call", async (context) => {
      const zk = await context.client();
      const received = collectEvents<WatchEvent>();
      await zk.exists("/a", { watch: received.add });
      const removed = zk.removeWatches("/a");
      await zk.create("/a");
      await removed;
      expect(received.events).toEqual([]);
    });

    test("rejects if there is no such watch", async (context) => {
      const zk = await context.client();
      await zk.getChildren("/", { watch: () => {} });
      const none = { code: "NO_WATCHER", outcome: "not-applied", path: "/" };
      await expect(zk.removeWatches("/", { type: "data" })).rejects.toMatchObject(none);
      await expect(zk.removeWatches("/", { listener: () => {} })).rejects.toMatchObject(none);
    });

    test("while disconnected prevents setting the watches on the next connection", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const received = collectEvents<WatchEvent>();
      await zk.exists("/a", { watch: received.add });
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await zk.removeWatches("/a");
      proxy.accept();
      await zk.create("/a");
      await zk.sync("/a");
      expect([received.events.length, proxy.traffic.notifications]).toEqual([0, 0]);
    });
  });

  describe("a read aborted in flight", () => {
    // Directly after the flush: the request is sent, and no reply can have arrived.
    const onItsWay = () => new Promise<void>((resolve) => process.nextTick(resolve));

    test.for(["getData", "exists", "getChildren"] as const)("sets no watch: %s", async (context, read) => {
      const zk = await context.client();
      const stop = new AbortController();
      const path = read === "exists" ? "/absent" : "/";
      const given = zk[read](path, { watch: () => {}, signal: stop.signal });
      await onItsWay();
      stop.abort();
      await expect(given).rejects.toMatchObject({ code: "ABORTED" });
      expect(await zk.checkWatches(path, "any")).toBe(false);
    });

    test("does not affect other watches, also of reads in flight", async (context) => {
      const zk = await context.client();
      const received = collectEvents<WatchEvent>();
      const stop = new AbortController();
      const kept = zk.getData("/", { watch: received.add });
      const given = zk.getData("/", { watch: () => {}, signal: stop.signal });
      await onItsWay();
      stop.abort();
      await expect(given).rejects.toMatchObject({ code: "ABORTED" });
      await kept;
      await zk.checkWatches("/", "any");
      await zk.setData("/", "x");
      expect((await received.first(() => true)).type).toBe("nodeDataChanged");
    });
  });
}
