import { CreateMode, type WatchEvent } from "@conclave/client";
import { systemClock } from "@conclave/runtime";
import { collectEvents, eventually, TestClock } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

const reason = new Error("no longer needed");

/** Checks aborted operations and closed clients. */
export function abortingAndClosing(test: ContractTest): void {
  describe("an operation whose signal aborts", () => {
    test("before the call is never sent", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const before = proxy.traffic.requests;
      const signal = AbortSignal.abort(reason);
      const calls = [
        zk.create("/a", null, { signal }),
        zk.delete("/", { signal }),
        zk.getData("/", { signal }),
        zk.sync("/", { signal }),
        zk.transaction().create("/b").commit({ signal }),
      ];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ reason: { code: "ABORTED", outcome: "not-applied", cause: reason } });
      }
      expect(await zk.getChildren("/")).toEqual([]);
      expect(proxy.traffic.requests).toBe(before + 1);
    });

    test("in the tick of the call is never sent", async (context) => {
      const zk = await context.client();
      const controller = new AbortController();
      const created = zk.create("/a", null, { signal: controller.signal });
      const kept = zk.create("/b");
      controller.abort(reason);
      await expect(created).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied", path: "/a" });
      await kept;
      expect(await zk.getChildren("/")).toEqual(["b"]);
    });

    test("while it waits for a connection is never sent", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      const controller = new AbortController();
      const given = zk.create("/a", null, { signal: controller.signal });
      const kept = zk.create("/b");
      controller.abort(reason);
      await expect(given).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied", cause: reason });
      proxy.accept();
      await kept;
      expect(await zk.getChildren("/")).toEqual(["b"]);
    });

    test("in flight has the outcome unknown if it is a write, and the connection continues", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      proxy.freeze("replies");
      const controller = new AbortController();
      const written = zk.create("/a", null, { signal: controller.signal });
      const read = zk.getData("/", { signal: controller.signal });
      const kept = zk.create("/b");
      await eventually(async () => {
        await witness.sync("/");
        return witness.exists("/b");
      });
      controller.abort(reason);
      await expect(written).rejects.toMatchObject({ code: "ABORTED", outcome: "unknown", cause: reason, path: "/a" });
      await expect(read).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
      proxy.thaw();
      expect(await kept).toBe("/b");
      expect(await zk.exists("/a")).not.toBe(null);
      expect(states.events).toEqual([]);
    });

    test("after its reply has no effect", async (context) => {
      const zk = await context.client();
      const controller = new AbortController();
      const created = zk.create("/a", null, { signal: controller.signal });
      await created;
      controller.abort(reason);
      expect(await created).toBe("/a");
    });
  });

  describe("a closed client", () => {
    test("has settled its earlier calls, and rejects later ones", async (context) => {
      const zk = await context.client();
      const earlier = [zk.create("/a"), zk.create("/b")];
      const closed = zk.close();
      expect(zk.state).toBe("closed");
      const later = [zk.create("/c"), zk.exists("/"), zk.transaction().create("/d").commit(), zk.sync("/")];
      for (const result of await Promise.allSettled(later)) {
        expect(result).toMatchObject({ reason: { code: "CLOSED", outcome: "not-applied" } });
      }
      expect(await Promise.all(earlier)).toEqual(["/a", "/b"]);
      await closed;
      expect((await (await context.client()).getChildren("/")).sort()).toEqual(["a", "b"]);
    });

    test("leaves no ephemerals", async (context) => {
      const [zk, witness] = [await context.client(), await context.client()];
      await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
      await zk.create("/p");
      await zk.close();
      await witness.sync("/");
      expect(await witness.getChildren("/")).toEqual(["p"]);
    });

    test("reports its state, and ends its watches", async (context) => {
      const zk = await context.client();
      const states = collectEvents<string>();
      const events = collectEvents<WatchEvent>();
      zk.on("state", ({ state }) => states.add(state));
      await zk.getData("/", { watch: events.add });
      await zk.close();
      expect(states.events).toEqual(["closed"]);
      expect(events.events).toEqual([{ type: "sessionEnded", path: "/", state: "closed" }]);
    });

    test("can be closed again", async (context) => {
      const zk = await context.client();
      expect(zk.close()).toBe(zk.close());
      await zk.close();
      await zk[Symbol.asyncDispose]();
      expect(zk.state).toBe("closed");
    });

    test("does not wait for a connection, and rejects waiting calls", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      const waiting = zk.create("/a");
      const closed = zk.close();
      await expect(waiting).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied", path: "/a" });
      await closed;
      expect(states.events).toEqual(["suspended", "closed"]);
      proxy.accept();
      await eventually(() => proxy.connections === 0);
    });

    test("settles calls in flight if the server does not answer", async (context) => {
      const proxy = await context.proxy();
      const clock = new TestClock(systemClock);
      const { zk } = await context.actor(proxy, { clock });
      proxy.freeze();
      const written = zk.create("/a");
      const closed = zk.close();
      // The request leaves at the end of this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(zk.sessionTimeoutMs);
      await expect(written).rejects.toMatchObject({ outcome: "unknown" });
      await closed;
    });

    test("is closed at the end of its scope", async (context) => {
      let inside: Awaited<ReturnType<typeof context.client>>;
      {
        await using zk = await context.client();
        await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
        inside = zk;
      }
      expect(inside.state).toBe("closed");
      expect(await (await context.client()).exists("/e")).toBe(null);
    });
  });

  describe("a listener of states", () => {
    test("is called once even if it was added twice, and not after its removal", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const [twice, out] = [collectEvents<unknown>(), collectEvents<unknown>()];
      zk.on("state", twice.add).on("state", twice.add).on("state", out.add).off("state", out.add);
      zk.on("state", () => {
        throw new Error("from the listener");
      });
      proxy.cut();
      await states.take(2);
      expect([twice.events.length, out.events.length]).toEqual([2, 0]);
      expect(await zk.create("/a")).toBe("/a");
    });
  });
}
