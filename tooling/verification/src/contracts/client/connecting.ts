import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks connect strings, chroots, and failures to connect. */
export function connecting(test: ContractTest): void {
  describe("connecting", () => {
    test("uses one of several servers that answers", async (context) => {
      const closed = await context.proxy();
      const closedServer = closed.connectString;
      await closed.close();
      for (let i = 0; i < 5; i++) {
        const zk = await context.connectTo(`${closedServer},${context.servers[0]}`);
        expect(zk.state).toBe("connected");
      }
    });

    test("tries the next server when one does not answer the handshake", async (context) => {
      const silent = await context.proxy();
      silent.freeze();
      for (let i = 0; i < 3; i++) {
        const zk = await context.connectTo(`${silent.connectString},${context.servers[0]}`, {
          sessionTimeoutMs: 2_000,
        });
        expect(zk.state).toBe("connected");
      }
    });

    test("adds the chroot to all paths, and removes it from results", async (context) => {
      const [plain, rooted] = await Promise.all([context.connectTo(context.servers[0]!), context.client()]);
      expect([plain.chroot, rooted.chroot]).toEqual(["", context.path]);
      expect(await rooted.create("/a", "x")).toBe("/a");
      await plain.sync("/");
      expect((await plain.getData(`${context.path}/a`)).data?.toString()).toBe("x");
      expect(await rooted.getChildren("/")).toEqual(["a"]);
      expect((await rooted.create2("/b")).path).toBe("/b");
      await expect(rooted.getData("/none/such")).rejects.toMatchObject({ code: "NO_NODE", path: "/none/such" });
    });

    test("refuses a missing chroot, or makes it with createChroot", async (context) => {
      const missing = `${context.connectString}${context.path}/missing`;
      await expect(context.connectTo(missing)).rejects.toMatchObject({
        code: "NO_NODE",
        path: `${context.path}/missing`,
      });
      const zk = await context.connectTo(missing, { createChroot: true });
      expect(await zk.create("/a")).toBe("/a");
    });

    test("reports the session id and the granted timeout", async (context) => {
      const [shortest, longest] = await Promise.all([
        // Without a request: on a busy machine so short a session may end at any moment.
        context.connectTo(context.connectString, { sessionTimeoutMs: 1 }),
        context.client({ sessionTimeoutMs: 100_000_000 }),
      ]);
      expect(shortest.sessionId).not.toBe(0n);
      expect(longest.sessionId).not.toBe(shortest.sessionId);
      expect(shortest.sessionTimeoutMs).toBeGreaterThan(1);
      expect(longest.sessionTimeoutMs).toBeGreaterThan(shortest.sessionTimeoutMs);
      expect(longest.sessionTimeoutMs).toBeLessThan(100_000_000);
    });

    test("rejects after the connect timeout, and leaves no connection open", async (context) => {
      const proxy = await context.proxy();
      proxy.freeze();
      const connected = context.connectTo(proxy.connectString, { connectTimeoutMs: 100 });
      await expect(connected).rejects.toMatchObject({ code: "OPERATION_TIMEOUT", outcome: "not-applied" });
      proxy.thaw();
      await eventually(() => proxy.connections === 0);
    });

    test("rejects when its signal aborts, before or during the attempt", async (context) => {
      const proxy = await context.proxy();
      proxy.freeze();
      const reason = new Error("aborted by the test");
      const before = context.connectTo(proxy.connectString, { signal: AbortSignal.abort(reason) });
      await expect(before).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      const controller = new AbortController();
      const during = context.connectTo(proxy.connectString, { signal: controller.signal });
      await eventually(() => proxy.connections > 0);
      controller.abort(reason);
      await expect(during).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      proxy.thaw();
      await eventually(() => proxy.connections === 0);
    });

    test("is not affected by an abort of its signal after it has connected", async (context) => {
      const controller = new AbortController();
      const zk = await context.client({ signal: controller.signal });
      controller.abort();
      expect(await zk.create("/a")).toBe("/a");
    });

    test.for(["", ",", "host:port", "host:0", "127.0.0.1:2181/a/", "127.0.0.1:2181/a//b"])(
      "rejects the connect string %j",
      async (context, connectString) => {
        await expect(context.connectTo(connectString)).rejects.toThrow(TypeError);
      },
    );

    test("rejects when a server rejects the credentials", async (context) => {
      const auth = [{ scheme: "no-such-scheme", auth: "x" }];
      await expect(context.connectTo(context.connectString, { auth })).rejects.toMatchObject({ code: "AUTH_FAILED" });
    });
  });
}
