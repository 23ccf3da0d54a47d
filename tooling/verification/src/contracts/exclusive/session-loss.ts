import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { abortedBefore } from "../../test-context/aborted-before.ts";
import { type ContractTest, sessionUntil } from "../../test-context/test-context.ts";
import { type ExclusiveRecipe, queueUp, untilZnodes } from "./exclusive-recipe.ts";

const short = sessionUntil("expired");

/** Checks lost connections, expired sessions and paused processes. */
export function sessionLoss(test: ContractTest, recipe: ExclusiveRecipe): void {
  describe("session lost while holding", () => {
    test.for([
      ["revoke", "SUSPENDED"],
      ["keep", "EXPIRED"],
    ] as const)("the signal of the holder aborts before the next grant: %s", async (context, [onSuspended, code]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy, short);
      const grant = await recipe.contender(zk, onSuspended).acquire();
      const next = await queueUp(recipe, other);
      const abortedFirst = abortedBefore(grant.signal, next.granted);
      proxy.freeze();
      expect(await abortedFirst).toBe(true);
      expect(grant.signal.reason).toMatchObject({ name: "GrantLostError", code });
      expect((await next.granted).fencingToken).toBeGreaterThan(grant.fencingToken);
    });

    test("the grant ends when its client is closed", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const grant = await recipe.contender(zk, "keep").acquire();
      const closed = zk.close();
      expect(grant.signal.reason).toMatchObject({ code: "CLOSED" });
      await closed;
      await recipe.contender(other).acquire();
    });
  });

  describe("SUSPENDED vs LOST", () => {
    test("with `revoke` a lost connection ends the grant at once, and its znodes are deleted later", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const grant = await recipe.contender(zk, "revoke").acquire();
      const seen: unknown[] = [];
      grant.signal.addEventListener("abort", () => seen.push(zk.state));
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      expect([seen, grant.signal.reason]).toMatchObject([["suspended"], { code: "SUSPENDED" }]);
      proxy.accept();
      await untilZnodes(recipe, witness, (count) => count === 0);
    });

    test("with `keep` a grant survives repeated connection losses, and its guard stays valid", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy);
      const grant = await recipe.contender(zk, "keep").acquire();
      for (let flap = 1; flap <= 3; flap++) {
        proxy.cut();
        await states.take(2 * flap);
        await zk.sync("/");
        expect(grant.signal.aborted).toBe(false);
      }
      expect(await grant.guard(zk.transaction()).create("/done").commit()).toEqual(["/done"]);
    });

    test("with `keep` it ends with the session by the client's own clock, without a reply of a server", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, short);
      const grant = await recipe.contender(zk, "keep").acquire();
      const seen: unknown[] = [];
      grant.signal.addEventListener("abort", () => seen.push([zk.state, grant.signal.reason.code]));
      proxy.freeze();
      await states.first((state) => state === "expired");
      expect(seen).toEqual([["expired", "EXPIRED"]]);
    });

    test("a waiter keeps its position over a lost connection", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const holder = await recipe.contender(other).acquire();
      const { zk, states } = await context.actor(proxy);
      const first = await queueUp(recipe, zk);
      const second = await queueUp(recipe, other);
      const order: string[] = [];
      void first.granted.then(() => order.push("first"));
      void second.granted.then(() => order.push("second"));
      proxy.cut();
      await states.take(2);
      await holder.release();
      await (await first.granted).release();
      await second.granted;
      expect(order).toEqual(["first", "second"]);
    });
  });

  describe("old-session ephemeral in the way", () => {
    test("a new grant waits for the end of the old session, and has a znode of the new one", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, short);
      const contender = recipe.contender(zk, "keep");
      const old = await contender.acquire();
      const oldSession = zk.sessionId;
      proxy.freeze();
      await states.first((state) => state === "expired");
      const again = contender.acquire();
      proxy.cut();
      proxy.heal();
      const grant = await again;
      expect(grant.fencingToken).toBeGreaterThan(old.fencingToken);
      expect(zk.sessionId).not.toBe(oldSession);
      expect(await grant.guard(zk.transaction()).create("/done").commit()).toEqual(["/done"]);
      await grant.release();
      await untilZnodes(recipe, witness, (count) => count === 0);
    });

    test("a waiter whose session expired queues again, after the contenders that came meanwhile", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const holder = await recipe.contender(other).acquire();
      const { zk, states } = await context.actor(proxy, short);
      const waiting = await queueUp(recipe, zk);
      proxy.freeze();
      await states.first((state) => state === "expired");
      await untilZnodes(recipe, other, (count) => count === recipe.heldZnodes);
      const other2 = await queueUp(recipe, other);
      proxy.cut();
      proxy.heal();
      await holder.release();
      const next = await other2.granted;
      await next.release();
      expect((await waiting.granted).fencingToken).toBeGreaterThan(next.fencingToken);
    });
  });

  describe("pause", () => {
    test("a late write of a holder that was paused beyond its session is rejected", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await other.create("/data", "0");
      const { zk } = await context.actor(proxy, short);
      await zk.sync("/");
      const old = await recipe.contender(zk, "keep").acquire();
      const next = await queueUp(recipe, other);
      const before = proxy.traffic.requests;
      proxy.freeze();
      const late = old.guard(zk.transaction()).setData("/data", "late").commit();
      late.catch(() => {});
      await eventually(() => proxy.traffic.requests > before);
      const grant = await next.granted;
      await grant.guard(other.transaction()).setData("/data", "next").commit();
      proxy.thaw();
      await expect(late).rejects.toMatchObject({ name: "ZkError" });
      await expect(old.guard(other.transaction()).setData("/data", "later").commit()).rejects.toMatchObject({
        code: "NO_NODE",
      });
      expect((await other.getData("/data")).data?.toString()).toBe("next");
    });
  });
}
