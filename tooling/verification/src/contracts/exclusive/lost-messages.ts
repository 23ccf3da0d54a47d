import { eventually, type ProxiedRequest } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";
import { type ExclusiveRecipe, makeFolders, queueUp, untilZnodes, znodes } from "./exclusive-recipe.ts";

/** Checks lost requests, replies and watch events. */
export function lostMessages(test: ContractTest, recipe: ExclusiveRecipe): void {
  describe("lost reply of a sequential create", () => {
    test.for(["loseReply", "loseRequest"] as const)("leaves one znode and one grant, by %s", async (context, lose) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      await makeFolders(recipe, zk);
      const lost = proxy[lose]("create2");
      const grant = await recipe.contender(zk).acquire();
      await lost;
      await untilZnodes(recipe, witness, (count) => count === recipe.heldZnodes);
      await grant.release();
      await untilZnodes(recipe, witness, (count) => count === 0);
    });

    test("leaves no znode of a contender that aborted before the outcome was known", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      await makeFolders(recipe, zk);
      const lost = proxy.loseReply("create2");
      const stop = new AbortController();
      const waiting = recipe.contender(zk).acquire({ signal: stop.signal });
      waiting.catch(() => {});
      await lost;
      proxy.refuse();
      await states.first((state) => state === "suspended");
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
      expect(await znodes(recipe, witness)).toHaveLength(1);
      proxy.accept();
      await untilZnodes(recipe, witness, (count) => count === 0);
    });
  });

  describe("failed delete of a lock node", () => {
    test.for(["loseReply", "loseRequest"] as const)(
      "does not block the next contender, by %s",
      async (context, lose) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy);
        const grant = await recipe.contender(zk, "keep").acquire();
        const next = await queueUp(recipe, other);
        const lost = proxy[lose]("delete");
        await grant.release();
        await lost;
        expect((await next.granted).fencingToken).toBeGreaterThan(grant.fencingToken);
      },
    );

    test("is repeated after a reconnect, also if the wait was aborted while disconnected", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const holder = await recipe.contender(other).acquire();
      const { zk, states } = await context.actor(proxy);
      const stop = new AbortController();
      const waiting = await queueUp(recipe, zk, { signal: stop.signal });
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      stop.abort();
      await expect(waiting.granted).rejects.toMatchObject({ code: "ABORTED" });
      proxy.accept();
      await untilZnodes(recipe, other, (count) => count === recipe.heldZnodes);
      expect(holder.signal.aborted).toBe(false);
    });
  });

  describe("watch lost between read and set", () => {
    const isOneOf = (prefix: string, { operation }: ProxiedRequest): boolean => operation?.startsWith(prefix) ?? false;

    test.for(["create", "getChildren", "getData"])(
      "the holder releases while the reply to %s is on its way",
      async (context, prefix) => {
        const holderZk = await context.client();
        const holder = await recipe.contender(holderZk).acquire();
        let isArmed = true;
        const proxy = await context.proxy(context.servers[0], {
          onRequest: (request) => {
            if (isArmed && isOneOf(prefix, request)) proxy.freeze("replies");
          },
        });
        const { zk } = await context.actor(proxy);
        const granted = recipe.contender(zk).acquire();
        granted.catch(() => {});
        await eventually(async () => (await znodes(recipe, holderZk)).length > recipe.heldZnodes);
        await holder.release();
        isArmed = false;
        proxy.thaw();
        expect((await granted).fencingToken).toBeGreaterThan(holder.fencingToken);
      },
    );

    test.for(["cut", "silent"] as const)(
      "the holder releases while the connection of a waiter is %s",
      async (context, how) => {
        const [proxy, holderZk] = [await context.proxy(), await context.client()];
        const holder = await recipe.contender(holderZk).acquire();
        const { zk } = await context.actor(proxy);
        const next = await queueUp(recipe, zk);
        if (how === "silent") proxy.freeze();
        else {
          proxy.refuse();
          proxy.cut();
        }
        await holder.release();
        // The frozen bytes are lost with the connection.
        proxy.cut();
        proxy.heal();
        expect((await next.granted).fencingToken).toBeGreaterThan(holder.fencingToken);
      },
    );
  });

  describe("connection loss during multi", () => {
    test("a guarded write is applied once or not at all, and rejects with the outcome unknown", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      await witness.create("/data", "0");
      const { zk } = await context.actor(proxy);
      await zk.sync("/");
      const grant = await recipe.contender(zk, "keep").acquire();
      for (const [lose, versions] of [
        ["loseReply", 1],
        ["loseRequest", 0],
      ] as const) {
        const { version } = (await zk.exists("/data"))!;
        const lost = proxy[lose]("multi");
        const written = grant.guard(zk.transaction()).setData("/data", lose).commit();
        await expect(written).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown" });
        await lost;
        await zk.sync("/");
        expect((await zk.exists("/data"))!.version - version).toBe(versions);
      }
      expect(grant.signal.aborted).toBe(false);
    });
  });
}
