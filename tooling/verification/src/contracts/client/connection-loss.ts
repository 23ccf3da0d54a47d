import { CreateMode, isZkError, type WatchEvent } from "@conclave/client";
import { systemClock } from "@conclave/runtime";
import { collectEvents, eventually, TestClock } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractTest, populate } from "../../test-context/test-context.ts";

/** Checks connection losses that the session survives. */
export function connectionLoss(test: ContractTest): void {
  describe("a lost connection", () => {
    test.for(["reset", "end"] as const)(
      "by %s suspends the session, which continues on the next connection",
      async (context, mode) => {
        const proxy = await context.proxy();
        const { zk, states } = await context.actor(proxy);
        const session = zk.sessionId;
        await zk.create("/e", null, { mode: CreateMode.EPHEMERAL });
        proxy.cut(mode);
        expect(await states.take(2)).toEqual(["suspended", "connected"]);
        expect(zk.sessionId).toBe(session);
        expect((await zk.exists("/e"))?.ephemeralOwner).toBe(session);
        expect(states.events).toEqual(["suspended", "connected"]);
      },
    );

    test("is noticed when the server is silent, before the session expires", async (context) => {
      const proxy = await context.proxy();
      const clock = new TestClock(systemClock);
      const { zk, states } = await context.actor(proxy, { clock });
      const session = zk.sessionId;
      proxy.freeze();
      // The ping is due after a third of the timeout, and its reply after another third.
      for (let part = 0; part < 2; part++) clock.advance(zk.sessionTimeoutMs / 3 + 1);
      await states.first((state) => state === "suspended");
      proxy.thaw();
      await states.first((state) => state === "connected");
      expect(states.events).toEqual(["suspended", "connected"]);
      expect(zk.sessionId).toBe(session);
    });

    test("moves the session to another server", async (context) => {
      const proxies = [await context.proxy(), await context.proxy(context.servers.at(-1))];
      const zk = await context.connectTo(proxies.map(({ connectString }) => connectString).join(",") + context.path);
      const states = collectEvents<string>();
      zk.on("state", ({ state }) => states.add(state));
      const session = zk.sessionId;
      await zk.create("/a");
      for (let round = 1; round <= 3; round++) {
        const serving = proxies.find(({ connections }) => connections > 0);
        const other = proxies.find((proxy) => proxy !== serving);
        serving?.refuse();
        serving?.cut();
        await states.take(2 * round);
        expect(other?.connections).toBe(1);
        // The next server shows no older state than the previous one.
        expect((await zk.exists("/a"))?.version).toBe(round - 1);
        await zk.setData("/a", "x");
        serving?.accept();
      }
      expect(zk.sessionId).toBe(session);
    });

    test("is reported as a state before the failed operations settle", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const order: string[] = [];
      zk.on("state", ({ state, previous }) => order.push(`${previous} to ${state}, is ${zk.state}`));
      const lost = proxy.loseRequest("create");
      await zk.create("/a").catch(() => order.push("create failed"));
      await lost;
      expect(order).toEqual(["connected to suspended, is suspended", "create failed"]);
    });

    test("before a write request arrives: the write is not applied, and its outcome is unknown", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const lost = proxy.loseRequest("create");
      await expect(zk.create("/a")).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown", path: "/a" });
      await lost;
      await zk.sync("/");
      await witness.sync("/");
      expect(await witness.exists("/a")).toBe(null);
    });

    test.for(["create", "create2", "setData", "delete", "multi"] as const)(
      "before the reply to a %s arrives: it is applied once, and its outcome is unknown",
      async (context, operation) => {
        const [proxy, witness] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy);
        if (operation === "setData" || operation === "delete") await zk.create("/a", "before");
        const lost = proxy.loseReply(operation);
        const calls = {
          create: () => zk.create("/a", "after"),
          create2: () => zk.create2("/a", "after"),
          setData: () => zk.setData("/a", "after"),
          delete: () => zk.delete("/a"),
          multi: () => zk.transaction().create("/a").setData("/a", "after").commit(),
        };
        await expect(calls[operation]()).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
        await lost;
        await witness.sync("/");
        if (operation === "delete") expect(await witness.exists("/a")).toBe(null);
        else {
          const { data, stat } = await witness.getData("/a");
          expect(data?.toString()).toBe("after");
          expect(stat.version).toBe(operation === "setData" || operation === "multi" ? 1 : 0);
        }
      },
    );

    test("fails a read as not applied", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const lost = proxy.loseReply("getData");
      await expect(zk.getData("/")).rejects.toMatchObject({
        code: "CONNECTION_LOSS",
        outcome: "not-applied",
        path: "/",
      });
      await lost;
    });

    test("fails all operations in flight, each applied once or not at all", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const lost = proxy.loseReply(({ path }) => path === `${context.path}/50`);
      const calls = Array.from({ length: 100 }, (_, index) => zk.create(`/${index}`));
      const settled = await Promise.allSettled(calls);
      await lost;
      await zk.sync("/");
      await witness.sync("/");
      const made = new Set(await witness.getChildren("/"));
      for (const [index, result] of settled.entries()) {
        if (index < 50) expect(result.status).toBe("fulfilled");
        else expect(result).toMatchObject({ reason: { code: "CONNECTION_LOSS", outcome: "unknown" } });
        // A server executes the requests of a connection in order.
        if (index <= 50) expect(made.has(`${index}`)).toBe(true);
      }
    });

    test("lets later calls wait for the next connection, in order", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      await zk.create("/a");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      const versions = Array.from({ length: 20 }, async () => (await zk.setData("/a", "x")).version);
      const read = zk.getData("/a");
      proxy.accept();
      expect(await Promise.all(versions)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect((await read).stat.version).toBe(20);
    });

    test("does not follow from replies that arrive byte by byte", async (context) => {
      const proxy = await context.proxy();
      proxy.dribble();
      const { zk, states } = await context.actor(proxy);
      await populate(zk, ["a", "b", "c"]);
      expect((await zk.getChildren("/")).sort()).toEqual(["a", "b", "c"]);
      expect(states.events).toEqual([]);
    });

    test.for<readonly [string, (frame: Buffer) => Uint8Array]>([
      ["a frame of negative length", () => Buffer.from("ffffffff", "hex")],
      ["a frame that is too long", () => Buffer.from("7fffffff00", "hex")],
      ["a reply cut short", () => Buffer.from("0000000400000001", "hex")],
      [
        "a reply without a request",
        (frame) => Buffer.concat([frame.subarray(0, 4), Buffer.from("7ffffff0", "hex"), frame.subarray(8)]),
      ],
    ])("follows from %s", async (context, [, garble]) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const session = zk.sessionId;
      proxy.corrupt((bytes, direction) => (direction === "replies" ? garble(bytes) : bytes));
      const read = zk.exists("/");
      void states.first((state) => state === "suspended").then(() => proxy.heal());
      await expect(read).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied" });
      expect(await zk.exists("/")).not.toBe(null);
      expect(zk.sessionId).toBe(session);
    });
  });

  describe("watches and a lost connection", () => {
    const AWAY = [
      ["exists, created", "exists", "create", "nodeCreated"],
      ["exists, changed", "exists", "setData", "nodeDataChanged"],
      ["getData, changed", "getData", "setData", "nodeDataChanged"],
      ["getData, deleted", "getData", "delete", "nodeDeleted"],
      ["getChildren, child created", "getChildren", "create child", "nodeChildrenChanged"],
      ["getChildren, deleted", "getChildren", "delete", "nodeDeleted"],
    ] as const;

    for (const when of ["while away", "afterwards"] as const) {
      test.for(AWAY)(`continue: %s ${when}`, async (context, [, read, change, type]) => {
        const [proxy, writer] = [await context.proxy(), await context.client()];
        if (change !== "create") await writer.create("/a");
        const { zk, states } = await context.actor(proxy);
        const events = collectEvents<WatchEvent>();
        await zk[read]("/a", { watch: events.add });
        proxy.refuse();
        proxy.cut();
        await states.first((state) => state === "suspended");
        const make = {
          create: () => writer.create("/a"),
          setData: () => writer.setData("/a", "x"),
          delete: () => writer.delete("/a"),
          "create child": () => writer.create("/a/b"),
        };
        if (when === "while away") await make[change]();
        proxy.accept();
        await states.first((state) => state === "connected");
        // The watches are set again before other requests: a write of this client follows them.
        if (when === "afterwards") {
          await zk.sync("/");
          await make[change]();
        }
        expect(await events.take(1)).toEqual([{ type, path: "/a" }]);
        await zk.sync("/");
        expect(events.events).toHaveLength(1);
      });
    }

    test("fire for a missed change before an operation shows it", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a", "0");
      const { zk, states } = await context.actor(proxy);
      const order: string[] = [];
      await zk.getData("/a", { watch: ({ type }) => order.push(type) });
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await writer.setData("/a", "1");
      const witness = await context.connectTo(`${context.servers[0]}${context.path}`);
      await witness.sync("/");
      // The next server of the session has applied it now.
      const read = zk.getData("/a").then(({ data }) => order.push(`read ${data?.toString()}`));
      proxy.accept();
      await read;
      expect(order).toEqual(["nodeDataChanged", "read 1"]);
    });

    test("that have fired are not set again", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a");
      const { zk, states } = await context.actor(proxy);
      const events = collectEvents<WatchEvent>();
      await zk.getData("/a", { watch: events.add });
      await writer.setData("/a", "1");
      await events.take(1);
      proxy.cut();
      await states.take(2);
      const before = proxy.traffic.notifications;
      await writer.setData("/a", "2");
      await zk.sync("/");
      expect([events.events.length, proxy.traffic.notifications]).toEqual([1, before]);
    });

    test("of a read whose reply was lost are not set", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a");
      const { zk } = await context.actor(proxy);
      const events = collectEvents<WatchEvent>();
      const lost = proxy.loseReply("getData");
      await expect(zk.getData("/a", { watch: events.add })).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
      await lost;
      await zk.sync("/");
      await writer.setData("/a", "x");
      await zk.sync("/");
      expect(events.events).toEqual([]);
    });

    test("are set again also if they do not fit into one frame", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const names = Array.from({ length: 400 }, (_, index) => `/${index}-`.padEnd(600, "x"));
      const events = collectEvents<WatchEvent>();
      await Promise.all(names.map((name) => zk.exists(name, { watch: events.add })));
      proxy.cut();
      await states.take(2);
      await zk.sync("/");
      await Promise.all(names.map((name) => writer.create(name)));
      const seen = await events.take(names.length);
      expect(seen.map(({ path }) => path).sort()).toEqual(names.sort());
    });

    test("stay set while the session moves between servers, and fire once for each change", async (context) => {
      const [proxy, writer] = [await context.proxy(), await context.client()];
      await writer.create("/a", "0");
      const { zk, states } = await context.actor(proxy);
      const seen = collectEvents<number>();
      const read = async (): Promise<void> => {
        try {
          const { data } = await zk.getData("/a", { watch: ({ type }) => void (type !== "sessionEnded" && read()) });
          seen.add(Number(data?.toString()));
        } catch (error) {
          // Lost with its connection: it set no watch.
          if (isZkError(error, "CONNECTION_LOSS")) await read();
          else throw error;
        }
      };
      await read();
      for (let value = 1; value <= 10; value++) {
        if (value % 3 === 0) proxy.cut();
        await writer.setData("/a", `${value}`);
      }
      await seen.first((value) => value === 10);
      expect(seen.events).toEqual([...seen.events].sort((a, b) => a - b));
      await eventually(() => states.events.at(-1) === "connected");
    });
  });
}
