import type { WatchEvent } from "@conclave/client";
import { collectEvents } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

/** One-shot watches that nobody wants any more. */
export function watchesTakenBack(test: StagedTest): void {
  describe("checkWatches", () => {
    test("tells whether the server keeps a watch of that kind", async (stage) => {
      const zk = await stage.client();
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
    test("takes back those of one kind, and of all", async (stage) => {
      const zk = await stage.client();
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

    test("takes back one listener and leaves the other", async (stage) => {
      const zk = await stage.client();
      const [one, two] = [collectEvents<WatchEvent>(), collectEvents<WatchEvent>()];
      await zk.exists("/a", { watch: one.add });
      await zk.exists("/a", { watch: two.add });
      await zk.removeWatches("/a", { listener: one.add });
      await zk.create("/a");
      expect([one.events, two.events]).toEqual([[], [{ type: "nodeCreated", path: "/a" }]]);
    });

    test("tells a listener nothing from the call on", async (stage) => {
      const zk = await stage.client();
      const told = collectEvents<WatchEvent>();
      await zk.exists("/a", { watch: told.add });
      const removed = zk.removeWatches("/a");
      await zk.create("/a");
      await removed;
      expect(told.events).toEqual([]);
    });

    test("rejects where there is no such watch", async (stage) => {
      const zk = await stage.client();
      await zk.getChildren("/", { watch: () => {} });
      const none = { code: "NO_WATCHER", outcome: "not-applied", path: "/" };
      await expect(zk.removeWatches("/", { type: "data" })).rejects.toMatchObject(none);
      await expect(zk.removeWatches("/", { listener: () => {} })).rejects.toMatchObject(none);
    });

    test("without a connection keeps them from being left on the next", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
      const told = collectEvents<WatchEvent>();
      await zk.exists("/a", { watch: told.add });
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await zk.removeWatches("/a");
      proxy.accept();
      await zk.create("/a");
      await zk.sync("/a");
      expect([told.events.length, proxy.traffic.notifications]).toEqual([0, 0]);
    });
  });

  describe("a read that is given up on its way", () => {
    // Right behind the flush: the request has left, and no answer can have come.
    const onItsWay = () => new Promise<void>((resolve) => process.nextTick(resolve));

    test.for(["getData", "exists", "getChildren"] as const)("leaves no watch: %s", async (stage, read) => {
      const zk = await stage.client();
      const stop = new AbortController();
      const path = read === "exists" ? "/absent" : "/";
      const given = zk[read](path, { watch: () => {}, signal: stop.signal });
      await onItsWay();
      stop.abort();
      await expect(given).rejects.toMatchObject({ code: "ABORTED" });
      expect(await zk.checkWatches(path, "any")).toBe(false);
    });

    test("leaves the watches of others alone, also of those on their way", async (stage) => {
      const zk = await stage.client();
      const told = collectEvents<WatchEvent>();
      const stop = new AbortController();
      const kept = zk.getData("/", { watch: told.add });
      const given = zk.getData("/", { watch: () => {}, signal: stop.signal });
      await onItsWay();
      stop.abort();
      await expect(given).rejects.toMatchObject({ code: "ABORTED" });
      await kept;
      await zk.checkWatches("/", "any");
      await zk.setData("/", "x");
      expect((await told.first(() => true)).type).toBe("nodeDataChanged");
    });
  });
}
