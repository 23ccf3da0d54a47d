import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractTest, sessionUntil } from "../../test-context/test-context.ts";
import { campaign, campaigning, lostWith, znodes } from "./candidate.ts";

/** Checks the end of a leadership, and its guard. */
export function grants(test: ContractTest): void {
  describe("a leadership", () => {
    test("ends at once on release, and its znode is deleted", async (context) => {
      const zk = await context.client();
      const leadership = await campaign(zk, "c").elected;
      expect(leadership.signal.aborted).toBe(false);
      const released = leadership.release();
      expect(leadership.signal.reason).toMatchObject({ name: "GrantLostError", code: "RELEASED" });
      await released;
      expect(await znodes(zk)).toEqual([]);
      await leadership.release();
    });

    test.for(["deleted", "changed"] as const)("ends when its znode is %s by another client", async (context, how) => {
      const [zk, other] = [await context.client(), await context.client()];
      const leadership = await campaign(zk, "c").elected;
      await other.sync("/");
      if (how === "deleted") await other.delete(leadership.path);
      else await other.setData(leadership.path, "usurper");
      expect(await lostWith(leadership)).toBe("GONE");
      await eventually(async () => (await znodes(zk)).length === 0);
    });

    test("ends with the connection by the policy `revoke`, and its znode is deleted later", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const leadership = await campaign(zk, "c", "revoke").elected;
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      expect(leadership.signal.reason).toMatchObject({ code: "SUSPENDED" });
      expect(await znodes(witness)).toHaveLength(1);
      proxy.accept();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("survives a lost connection by the policy `keep`", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const leadership = await campaign(zk, "c", "keep").elected;
      const successor = await campaigning(other, "successor");
      for (let cut = 1; cut <= 3; cut++) {
        proxy.cut();
        await states.take(2 * cut);
        // Follows the requests that the recipe sends on reconnection.
        await zk.sync("/");
        expect(leadership.signal.aborted).toBe(false);
      }
      expect(await leadership.guard(zk.transaction().create("/done")).commit()).toEqual(["/done"]);
      expect(successor.election.current).toBe(undefined);
    });

    test("kept over a lost connection ends with the session by the client's own clock", async (context) => {
      const proxy = await context.proxy();
      const { zk, states } = await context.actor(proxy, sessionUntil("expired"));
      const leadership = await campaign(zk, "c", "keep").elected;
      const codes: unknown[] = [];
      leadership.signal.addEventListener("abort", () => codes.push([zk.state, leadership.signal.reason.code]));
      proxy.freeze();
      await states.first((state) => state === "expired");
      expect(codes).toEqual([["expired", "EXPIRED"]]);
    });

    test("kept over a lost connection ends on reconnection if its znode was deleted", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const leadership = await campaign(zk, "c", "keep").elected;
      await other.sync("/");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await other.delete(leadership.path);
      expect(leadership.signal.aborted).toBe(false);
      proxy.accept();
      expect(await lostWith(leadership)).toBe("GONE");
    });

    test("ends when the client is closed", async (context) => {
      const zk = await context.client();
      const leadership = await campaign(zk, "c").elected;
      const closed = zk.close();
      expect(leadership.signal.reason).toMatchObject({ code: "CLOSED" });
      await closed;
      await leadership.release();
    });

    test("released while disconnected has no znode after the reconnect", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const leadership = await campaign(zk, "c", "keep").elected;
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await leadership.release();
      expect(await znodes(witness)).toHaveLength(1);
      proxy.accept();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("released has no znode, although the reply to the delete was lost", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const leadership = await campaign(zk, "c").elected;
      const lost = proxy.loseRequest("delete");
      await leadership.release();
      await lost;
      await eventually(async () => (await znodes(witness)).length === 0);
    });
  });

  describe("a guarded transaction", () => {
    test("commits while the leadership is valid, and returns its own results", async (context) => {
      const zk = await context.client();
      const leadership = await campaign(zk, "c").elected;
      await zk.create("/counter", "0");
      const [stat, path] = await leadership.guard(zk.transaction().setData("/counter", "1").create("/report")).commit();
      expect([stat.version, path]).toEqual([1, "/report"]);
    });

    test("changes nothing after the leadership has ended", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      await zk.create("/counter", "0");
      const old = await campaign(zk, "old").elected;
      await other.sync("/");
      await other.delete(old.path);
      const late = old.guard(zk.transaction().setData("/counter", "late")).commit();
      await expect(late).rejects.toMatchObject({ code: "NO_NODE", path: old.path, outcome: "rejected" });
      expect((await zk.getData("/counter")).data?.toString()).toBe("0");
    });

    test("that arrives late from a former leader changes nothing", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await other.create("/counter", "0");
      const { zk } = await context.actor(proxy);
      const old = await campaign(zk, "old", "keep").elected;
      const successor = await campaigning(other, "successor");
      const before = proxy.traffic.requests;
      proxy.freeze();
      const late = old.guard(zk.transaction().setData("/counter", "late")).commit();
      late.catch(() => {});
      await eventually(() => proxy.traffic.requests > before);
      await other.delete(old.path);
      const leadership = await successor.elected;
      await leadership.guard(other.transaction().setData("/counter", "successor")).commit();
      proxy.thaw();
      await expect(late).rejects.toMatchObject({ code: "NO_NODE" });
      expect((await other.getData("/counter")).data?.toString()).toBe("successor");
    });
  });
}
