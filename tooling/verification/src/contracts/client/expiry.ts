import { CreateMode, type WatchEvent } from "@conclave/client";
import { collectEvents, eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { SHORT_SESSION_MS, type StagedTest } from "../stage.ts";

const short = { sessionTimeoutMs: SHORT_SESSION_MS };

/** Sessions that end although their client wants to go on. */
export function expiry(test: StagedTest): void {
  describe("an expired session", () => {
    test("is declared by the client's own clock while no server can be reached", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy, short);
      const session = zk.sessionId;
      proxy.freeze();
      expect(await states.take(3)).toEqual(["suspended", "expired", "connecting"]);
      expect(zk.state).toBe("connecting");
      proxy.thaw();
      await states.first((state) => state === "connected");
      expect(zk.sessionId).not.toBe(session);
    });

    test("fails what waits with SESSION_EXPIRED, and what was in flight with what is known of it", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy, short);
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

    test("is final where no new one is wanted", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy, { ...short, newSessionAfterExpiry: false });
      proxy.freeze();
      await states.first((state) => state === "expired");
      proxy.thaw();
      await expect(zk.create("/a")).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
      await eventually(() => proxy.connections === 0);
      expect([zk.state, states.events]).toEqual(["expired", ["suspended", "expired"]]);
    });

    test("takes its watches along and tells them", async (stage) => {
      const [proxy, writer] = [await stage.proxy(), await stage.client()];
      await writer.create("/a");
      const { zk, states } = await stage.actor(proxy, short);
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

    test("takes its ephemerals along", async (stage) => {
      const [proxy, watcher] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy, short);
      await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
      await zk.create("/p", null, { mode: CreateMode.PERSISTENT });
      await watcher.sync("/");
      const events = collectEvents<WatchEvent>();
      expect(await watcher.exists("/e", { watch: events.add })).not.toBe(null);
      proxy.freeze();
      expect(await events.take(1)).toEqual([{ type: "nodeDeleted", path: "/e" }]);
      expect(await watcher.getChildren("/")).toEqual(["p"]);
    });

    test("is believed when a server says so", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
      const session = zk.sessionId;
      // A handshake's answer: length, version, then the timeout and the session, both 0 where there is none any more.
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

    test("does not come while the client is idle", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy, short);
      const session = zk.sessionId;
      // Several pings are more than one session timeout.
      const enough = proxy.traffic.pings + 4;
      await eventually(() => proxy.traffic.pings >= enough);
      expect([states.events, zk.sessionId]).toEqual([[], session]);
      expect(await zk.create("/a")).toBe("/a");
    });
  });
}
