import { CreateMode, type WatchEvent } from "@conclave/client";
import { collectEvents, eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractTest, SHORT_SESSION_MS } from "../../test-context/test-context.ts";

const short = { sessionTimeoutMs: SHORT_SESSION_MS };

/** Checks expired sessions. */
export function expiry(test: ContractTest): void {
  describe("an expired session", () => {
    test("is declared by the client's own clock while no server can be reached", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, short);
      const session = zk.sessionId;
      proxy.freeze();
      expect(await states.take(3)).toEqual(["suspended", "expired", "connecting"]);
      expect(zk.state).toBe("connecting");
      proxy.thaw();
      await states.first((state) => state === "connected");
      expect(zk.sessionId).not.toBe(session);
    });

    test("rejects waiting calls with SESSION_EXPIRED, and calls in flight with their outcome", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, short);
      proxy.freeze();
      const inFlight = zk.create("/in-flight");
      inFlight.catch(() => {});
      await states.first((state) => state === "suspended");
      const waiting = zk.create("/waiting");
      await expect(waiting).rejects.toMatchObject({
        code: "SESSION_EXPIRED",
        outcome: "not-applied",
        path: "/waiting",
      });
      await expect(inFlight).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
      proxy.thaw();
      const next = await zk.create("/next");
      expect(next).toBe("/next");
      expect(await zk.exists("/waiting")).toBe(null);
    });

    test("is final with newSessionAfterExpiry: false", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, { ...short, newSessionAfterExpiry: false });
      proxy.freeze();
      await states.first((state) => state === "expired");
      proxy.thaw();
      await expect(zk.create("/a")).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
      await eventually(() => proxy.connections === 0);
      expect([zk.state, states.events]).toEqual(["expired", ["suspended", "expired"]]);
    });

    test("ends its watches with an event", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a");
      const { zk, states } = await context.actor(proxy, short);
      const events = collectEvents<WatchEvent>();
      await zk.getData("/a", { watch: events.add });
      await zk.exists("/b", { watch: events.add });
      proxy.freeze();
      await states.first((state) => state === "expired");
      const ended = { type: "sessionEnded", state: "expired" } as const;
      expect(await events.take(2)).toEqual([
        { ...ended, path: "/a" },
        { ...ended, path: "/b" },
      ]);
      proxy.thaw();
      await states.first((state) => state === "connected");
      await writer.setData("/a", "x");
      await writer.create("/b");
      await zk.sync("/");
      expect(events.events).toHaveLength(2);
    });

    test("ends its ephemerals", async (context) => {
      const [proxy, watcher] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, short);
      await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
      await zk.create("/p", null, { mode: CreateMode.PERSISTENT });
      await watcher.sync("/");
      const events = collectEvents<WatchEvent>();
      expect(await watcher.exists("/e", { watch: events.add })).not.toBe(null);
      proxy.freeze();
      expect(await events.take(1)).toEqual([{ type: "nodeDeleted", path: "/e" }]);
      expect(await watcher.getChildren("/")).toEqual(["p"]);
    });

    test("is accepted from a reply of the server", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const session = zk.sessionId;
      // A connect response: length, version, timeout, session; the last two are 0 for an expired session.
      proxy.corrupt((bytes, direction) => {
        if (direction === "requests" || bytes.length < 36 || zk.state !== "suspended") return bytes;
        return Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(12), bytes.subarray(20)]);
      });
      proxy.cut();
      await states.first((state) => state === "connecting");
      proxy.corrupt(undefined);
      await states.first((state) => state === "connected");
      expect(states.events).toEqual(["suspended", "expired", "connecting", "connected"]);
      expect(zk.sessionId).not.toBe(session);
      expect(await zk.create("/a")).toBe("/a");
    });

    test("does not happen while the client is idle", async (context) => {
      const proxy = await context.proxy();
      // Long enough for a busy machine on which this process stands still for seconds.
      const { zk, states } = await context.actor(proxy, { sessionTimeoutMs: 12_000 });
      const session = zk.sessionId;
      // A ping is due after a third of the timeout, so four of them are more than one timeout.
      const enough = proxy.traffic.pings + 4;
      await eventually(() => proxy.traffic.pings >= enough);
      expect([states.events, zk.sessionId]).toEqual([[], session]);
      expect(await zk.create("/a")).toBe("/a");
    });
  });
}
