import { CreateMode, type WatchEvent } from "@conclave/client";
import { collectEvents } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

/** Sessions that go from one client to another. */
export function savedSessions(test: StagedTest): void {
  describe("a saved session", () => {
    test("goes on in another client, with its ephemerals", async (stage) => {
      const first = await stage.client();
      await first.create("/e", null, { mode: CreateMode.EPHEMERAL });
      const { session, sessionId } = first;
      await first.close({ keepSession: true });
      const second = await stage.client({ session });
      expect(second.sessionId).toBe(sessionId);
      expect((await second.exists("/e"))?.ephemeralOwner).toBe(sessionId);
      expect(await second.getEphemerals()).toEqual(["/e"]);
      await second.close();
      expect(await (await stage.client()).exists("/e")).toBe(null);
    });

    test("that ended with its client is refused", async (stage) => {
      const first = await stage.client();
      const { session } = first;
      await first.close();
      await expect(stage.client({ session })).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    });

    test("that is shown while another client has it suspends that one", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy);
      const [told, { session, sessionId }] = [collectEvents<WatchEvent>(), zk];
      await zk.exists("/a", { watch: told.add });
      // Without this the two would take the session from each other for ever.
      proxy.refuse();
      // Of the same server: of another, Apache ends the old connection only when something is asked on it.
      const other = await stage.connectTo(stage.servers[0] + stage.path, { session });
      expect(other.sessionId).toBe(sessionId);
      await states.first((state) => state === "suspended");
      await other.close({ keepSession: true });
      proxy.accept();
      await states.first((state) => state === "connected");
      expect(zk.sessionId).toBe(sessionId);
      await zk.create("/a");
      expect(told.events).toEqual([{ type: "nodeCreated", path: "/a" }]);
    });
  });

  describe("another list of servers", () => {
    test("moves the session, when its server is not in it", async (stage) => {
      const [from, to] = [await stage.proxy(), await stage.proxy(stage.servers.at(-1))];
      const { zk, states } = await stage.actor(from);
      const { sessionId } = zk;
      await zk.create("/a", "x");
      expect(zk.updateServers(to.connectString + stage.path)).toBe(true);
      await states.first((state) => state === "connected");
      expect([zk.sessionId, to.connections, from.connections]).toEqual([sessionId, 1, 0]);
      expect((await zk.getData("/a")).data?.toString()).toBe("x");
    });

    test("of another chroot is refused", async (stage) => {
      const zk = await stage.client();
      expect(() => zk.updateServers(`${stage.connectString}/elsewhere`)).toThrow(TypeError);
      expect(zk.state).toBe("connected");
    });
  });
}
