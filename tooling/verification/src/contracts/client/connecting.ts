import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";

/** Connect strings, chroots, and ways in which connecting fails. */
export function connecting(test: StagedTest): void {
  describe("connecting", () => {
    test("takes whichever of several servers answers", async (stage) => {
      const gone = await stage.proxy();
      const dead = gone.connectString;
      await gone.close();
      for (let i = 0; i < 5; i++) {
        const zk = await stage.connectTo(`${dead},${stage.servers[0]}`);
        expect(zk.state).toBe("connected");
      }
    });

    test("goes on to the next server when one does not answer the handshake", async (stage) => {
      const silent = await stage.proxy();
      silent.freeze();
      for (let i = 0; i < 3; i++) {
        const zk = await stage.connectTo(`${silent.connectString},${stage.servers[0]}`, { sessionTimeoutMs: 2_000 });
        expect(zk.state).toBe("connected");
      }
    });

    test("puts every path under the chroot and takes it off again", async (stage) => {
      const [plain, rooted] = await Promise.all([stage.connectTo(stage.servers[0]!), stage.client()]);
      expect([plain.chroot, rooted.chroot]).toEqual(["", stage.path]);
      expect(await rooted.create("/a", "x")).toBe("/a");
      await plain.sync("/");
      expect((await plain.getData(`${stage.path}/a`)).data?.toString()).toBe("x");
      expect(await rooted.getChildren("/")).toEqual(["a"]);
      expect((await rooted.create2("/b")).path).toBe("/b");
      await expect(rooted.getData("/none/such")).rejects.toMatchObject({ code: "NO_NODE", path: "/none/such" });
    });

    test("finds nothing below a chroot that does not exist", async (stage) => {
      const zk = await stage.connectTo(`${stage.connectString}${stage.path}/missing`);
      expect(await zk.exists("/")).toBe(null);
      await expect(zk.create("/a")).rejects.toMatchObject({ code: "NO_NODE", path: "/a" });
    });

    test("tells the session's id and the timeout that the server granted", async (stage) => {
      const [shortest, longest] = await Promise.all([
        stage.client({ sessionTimeoutMs: 1 }),
        stage.client({ sessionTimeoutMs: 100_000_000 }),
      ]);
      expect(shortest.sessionId).not.toBe(0n);
      expect(longest.sessionId).not.toBe(shortest.sessionId);
      expect(shortest.sessionTimeoutMs).toBeGreaterThan(1);
      expect(longest.sessionTimeoutMs).toBeGreaterThan(shortest.sessionTimeoutMs);
      expect(longest.sessionTimeoutMs).toBeLessThan(100_000_000);
    });

    test("gives up after the time that it was given, and leaves nothing open", async (stage) => {
      const proxy = await stage.proxy();
      proxy.freeze();
      const connected = stage.connectTo(proxy.connectString, { connectTimeoutMs: 100 });
      await expect(connected).rejects.toMatchObject({ code: "OPERATION_TIMEOUT", outcome: "not-applied" });
      proxy.thaw();
      await eventually(() => proxy.connections === 0);
    });

    test("gives up when its signal aborts, before or during the attempt", async (stage) => {
      const proxy = await stage.proxy();
      proxy.freeze();
      const reason = new Error("enough");
      const before = stage.connectTo(proxy.connectString, { signal: AbortSignal.abort(reason) });
      await expect(before).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      const controller = new AbortController();
      const during = stage.connectTo(proxy.connectString, { signal: controller.signal });
      await eventually(() => proxy.connections > 0);
      controller.abort(reason);
      await expect(during).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      proxy.thaw();
      await eventually(() => proxy.connections === 0);
    });

    test("outlives the signal that it was connected with", async (stage) => {
      const controller = new AbortController();
      const zk = await stage.client({ signal: controller.signal });
      controller.abort();
      expect(await zk.create("/a")).toBe("/a");
    });

    test.for(["", ",", "host:port", "host:0", "127.0.0.1:2181/a/", "127.0.0.1:2181/a//b"])(
      "refuses the connect string %j",
      async (stage, connectString) => {
        await expect(stage.connectTo(connectString)).rejects.toThrow(TypeError);
      },
    );

    test("rejects when a server refuses the credentials", async (stage) => {
      const auth = [{ scheme: "no-such-scheme", auth: "x" }];
      await expect(stage.connectTo(stage.connectString, { auth })).rejects.toMatchObject({ code: "AUTH_FAILED" });
    });
  });
}
