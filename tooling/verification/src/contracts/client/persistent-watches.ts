import type { PersistentWatchEvent, ZooKeeper } from "@conclave/client";
import { collectEvents, type EventCollector, eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractTest, sessionUntil } from "../../test-context/test-context.ts";

const titles = (events: readonly PersistentWatchEvent[]): string[] =>
  events.map((event) => (event.type === "gap" ? `gap: ${event.reason}` : `${event.type} ${event.path}`));

/** Checks persistent watches. */
export function persistentWatches(test: ContractTest): void {
  describe("a persistent watch", () => {
    test("reports each change of a znode, which may not exist yet, and of its list of children", async (context) => {
      const { zk, received } = await watching(context.client(), "/a", false);
      await changeAll(zk);
      expect(titles(received.events)).toEqual([
        "nodeCreated /a",
        "nodeDataChanged /a",
        "nodeChildrenChanged /a",
        "nodeChildrenChanged /a",
        "nodeDeleted /a",
      ]);
    });

    test("that is recursive reports each change below, and no lists of children", async (context) => {
      const { zk, received } = await watching(context.client(), "/a", true);
      await changeAll(zk);
      expect(titles(received.events)).toEqual([
        "nodeCreated /a",
        "nodeDataChanged /a",
        "nodeCreated /a/b",
        "nodeDataChanged /a/b",
        "nodeDeleted /a/b",
        "nodeDeleted /a",
      ]);
    });

    test.for([false, true])(
      "reports changes of other clients before a read shows them (recursive: %s)",
      async (context, recursive) => {
        const writer = await context.client();
        await writer.create("/a", "0");
        const { zk, received } = await watching(context.client(), "/a", recursive);
        for (let value = 1; value <= 20; value++) {
          const written = writer.setData("/a", `${value}`);
          await eventually(async () => (await zk.getData("/a")).data?.toString() === `${value}`, { intervalMs: 0 });
          expect(received.events).toHaveLength(value);
          await written;
        }
      },
    );

    test.for([false, true])(
      "continues after a reconnect, which is reported as a gap (recursive: %s)",
      async (context, recursive) => {
        const [proxy, writer] = [await context.proxy(), await context.client()];
        await writer.create("/a", "0");
        const { zk, states } = await context.actor(proxy);
        const received = collectEvents<PersistentWatchEvent>();
        await zk.addWatch("/a", received.add, { recursive });
        for (let round = 1; round <= 3; round++) {
          proxy.cut();
          await states.take(2 * round);
          await zk.setData("/a", `${round}`);
          expect(titles(received.events.slice(-2))).toEqual(["gap: reconnected", "nodeDataChanged /a"]);
        }
        expect(received.events).toHaveLength(6);
      },
    );

    test("reports after its gap no older state than was read during it", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a", "0");
      const { zk, states } = await context.actor(proxy);
      let copy = "";
      const follow = async (): Promise<void> => {
        copy = (await zk.getData("/a")).data?.toString() ?? "";
      };
      await zk.addWatch("/a", ({ type }) => void (type !== "sessionEnded" && follow()));
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await writer.setData("/a", "while away");
      proxy.accept();
      await eventually(() => copy === "while away");
      await writer.setData("/a", "afterwards");
      await eventually(() => copy === "afterwards");
    });

    test("ends with its session, and is not set in the next", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      const received = collectEvents<PersistentWatchEvent>();
      const watch = await zk.addWatch("/a", received.add);
      proxy.freeze();
      expect(await received.take(1)).toEqual([{ type: "sessionEnded", path: "/a", state: "expired" }]);
      expect(watch.isActive).toBe(false);
      proxy.thaw();
      await states.first((state) => state === "connected");
      await zk.create("/a");
      await zk.sync("/a");
      expect(received.events).toHaveLength(1);
    });

    test("is not set if its request was lost with the connection", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const received = collectEvents<PersistentWatchEvent>();
      const lost = proxy.loseReply("addWatch");
      await expect(zk.addWatch("/a", received.add)).rejects.toMatchObject({ code: "CONNECTION_LOSS", path: "/a" });
      await lost;
      await zk.create("/a");
      await zk.sync("/a");
      expect(received.events).toEqual([]);
    });
  });

  describe("a removed persistent watch", () => {
    test("reports no event after the call, and is removed from the server", async (context) => {
      const { zk, received, watch } = await watching(context.client(), "/a", false);
      const removed = watch.remove();
      expect(watch.isActive).toBe(false);
      await zk.create("/a");
      await removed;
      expect([received.events, await zk.checkWatches("/a", "any")]).toEqual([[], false]);
    });

    test("does not affect other watches of its path", async (context) => {
      const { zk, received, watch } = await watching(context.client(), "/a", false);
      const other = collectEvents<PersistentWatchEvent>();
      await zk.addWatch("/a", other.add);
      await watch.remove();
      expect(await zk.checkWatches("/a", "any")).toBe(true);
      await zk.create("/a");
      expect([received.events.length, other.events.length]).toEqual([0, 1]);
    });

    test("is not set again on the next connection", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const received = collectEvents<PersistentWatchEvent>();
      const watch = await zk.addWatch("/a", received.add);
      await watch.remove();
      proxy.cut();
      await states.take(2);
      await zk.create("/a");
      await zk.sync("/a");
      expect([received.events.length, proxy.traffic.notifications]).toEqual([0, 0]);
    });
  });

  describe("a loop over a persistent watch", () => {
    test("begins with a gap, receives the changes in order, and removes its watch at the end", async (context) => {
      const [zk, writer] = [await context.client(), await context.client()];
      await writer.create("/a");
      await zk.sync("/a");
      const seen: PersistentWatchEvent[] = [];
      for await (const event of zk.watch("/a", { recursive: true })) {
        seen.push(event);
        if (event.type === "gap") for (const name of ["b", "c", "d"]) await writer.create(`/a/${name}`);
        if (event.path === "/a/d") break;
      }
      expect(titles(seen)).toEqual(["gap: started", "nodeCreated /a/b", "nodeCreated /a/c", "nodeCreated /a/d"]);
      expect(await zk.checkWatches("/a", "any")).toBe(false);
    });

    test("ends with ABORTED by its signal", async (context) => {
      const zk = await context.client();
      const controller = new AbortController();
      const reason = new Error("enough");
      const loop = zk.watch("/a", { signal: controller.signal });
      expect((await loop.next()).value).toMatchObject({ type: "gap", reason: "started" });
      const next = loop.next();
      controller.abort(reason);
      await expect(next).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      expect(await loop.next()).toEqual({ done: true, value: undefined });
    });

    test("ends after sessionEnded when the client is closed", async (context) => {
      const zk = await context.client();
      const seen: string[] = [];
      for await (const { type } of zk.watch("/a")) {
        seen.push(type);
        if (type === "gap") void zk.close();
      }
      expect(seen).toEqual(["gap", "sessionEnded"]);
    });
  });
}

async function watching(connected: Promise<ZooKeeper>, path: string, recursive: boolean) {
  const zk = await connected;
  const received: EventCollector<PersistentWatchEvent> = collectEvents();
  return { zk, received, watch: await zk.addWatch(path, received.add, { recursive }) };
}

async function changeAll(zk: ZooKeeper): Promise<void> {
  await zk.create("/a");
  await zk.setData("/a", "1");
  await zk.create("/a/b");
  await zk.setData("/a/b", "2");
  await zk.delete("/a/b");
  await zk.delete("/a");
}
