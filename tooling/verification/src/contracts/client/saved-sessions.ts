import { CreateMode, type WatchEvent } from "@conclave/client";
import { collectEvents } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks sessions that another client resumes. */
export function savedSessions(test: ContractTest): void {
  describe("a saved session", () => {
    test("is resumed by another client, with its ephemerals", async (context) => {
      const first = await context.client();
      await first.create("/e", null, { mode: CreateMode.EPHEMERAL });
      const { session, sessionId } = first;
      await first.close({ keepSession: true });
      const second = await context.client({ session });
      expect(second.sessionId).toBe(sessionId);
      expect((await second.exists("/e"))?.ephemeralOwner).toBe(sessionId);
      expect(await second.getEphemerals()).toEqual(["/e"]);
      await second.close();
      expect(await (await context.client()).exists("/e")).toBe(null);
    });

    test("that was closed by its client is rejected", async (context) => {
      const first = await context.client();
      const { session } = first;
      await first.close();
      await expect(context.client({ session })).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    });

    test("that is resumed while another client uses it suspends that client", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const [received, { session, sessionId }] = [collectEvents<WatchEvent>(), zk];
      await zk.exists("/a", { watch: received.add });
      // Otherwise both clients would take over the session from each other for ever.
      proxy.refuse();
      // On the same server: another Apache server closes the old connection only on its next request.
      const other = await context.connectTo(context.servers[0] + context.path, { session });
      expect(other.sessionId).toBe(sessionId);
      await states.first((state) => state === "suspended");
      await other.close({ keepSession: true });
      proxy.accept();
      await states.first((state) => state === "connected");
      expect(zk.sessionId).toBe(sessionId);
      await zk.create("/a");
      expect(received.events).toEqual([{ type: "nodeCreated", path: "/a" }]);
    });
  });

  describe("another list of servers", () => {
    test("moves the session if its server is not in the list", async (context) => {
      const [from, to] = [await context.proxy(), await context.proxy(context.servers.at(-1))];
      const { zk, states } = await context.actor(from);
      const { sessionId } = zk;
      await zk.create("/a", "x");
      expect(zk.updateServers(to.connectString + context.path)).toBe(true);
      await states.first((state) => state === "connected");
      expect([zk.sessionId, to.connections, from.connections]).toEqual([sessionId, 1, 0]);
      expect((await zk.getData("/a")).data?.toString()).toBe("x");
    });

    test("with another chroot is rejected", async (context) => {
      const zk = await context.client();
      expect(() => zk.updateServers(`${context.connectString}/elsewhere`)).toThrow(TypeError);
      expect(zk.state).toBe("connected");
    });
  });
}
