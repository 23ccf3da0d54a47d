import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { SHORT_SESSION_MS, type StagedTest } from "../stage.ts";
import { campaign, lostWith, stand, znodes } from "./candidate.ts";

/** What a leadership is worth, and how it ends. */
export function grants(test: StagedTest): void {
  describe("a leadership", () => {
    test("ends in the moment in which it is given back, and its znode goes", async (stage) => {
      const zk = await stage.client();
      const leadership = await campaign(zk, "c").elected;
      expect(leadership.signal.aborted).toBe(false);
      const released = leadership.release();
      expect(leadership.signal.reason).toMatchObject({ name: "GrantLostError", code: "RELEASED" });
      await released;
      expect(await znodes(zk)).toEqual([]);
      await leadership.release();
    });

    test.for(["deleted", "changed"] as const)("ends when its znode is %s by somebody else", async (stage, how) => {
      const [zk, other] = [await stage.client(), await stage.client()];
      const leadership = await campaign(zk, "c").elected;
      await other.sync("/");
      if (how === "deleted") await other.delete(leadership.path);
      else await other.setData(leadership.path, "usurper");
      expect(await lostWith(leadership)).toBe("GONE");
      await eventually(async () => (await znodes(zk)).length === 0);
    });

    test("ends with the connection where the policy is to revoke, and its znode goes afterwards", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
      const leadership = await campaign(zk, "c", "revoke").elected;
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      expect(leadership.signal.reason).toMatchObject({ code: "SUSPENDED" });
      expect(await znodes(witness)).toHaveLength(1);
      proxy.accept();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("outlives the connection where the policy is to keep it", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
      const leadership = await campaign(zk, "c", "keep").elected;
      const heir = await stand(other, "heir");
      for (let cut = 1; cut <= 3; cut++) {
        proxy.cut();
        await states.take(2 * cut);
        // Comes behind whatever the recipe asks on reconnection.
        await zk.sync("/");
        expect(leadership.signal.aborted).toBe(false);
      }
      expect(await leadership.guard(zk.transaction().create("/done")).commit()).toEqual(["/done"]);
      expect(heir.election.current).toBe(undefined);
    });

    test("that was kept ends with the session, by the client's own clock", async (stage) => {
      const proxy = await stage.proxy();
      const { zk, states } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
      const leadership = await campaign(zk, "c", "keep").elected;
      const codes: unknown[] = [];
      leadership.signal.addEventListener("abort", () => codes.push([zk.state, leadership.signal.reason.code]));
      proxy.freeze();
      await states.first((state) => state === "expired");
      expect(codes).toEqual([["expired", "EXPIRED"]]);
    });

    test("that was kept ends on reconnection if its znode has gone meanwhile", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
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

    test("ends when the client is closed", async (stage) => {
      const zk = await stage.client();
      const leadership = await campaign(zk, "c").elected;
      const closed = zk.close();
      expect(leadership.signal.reason).toMatchObject({ code: "CLOSED" });
      await closed;
      await leadership.release();
    });

    test("given back without a connection is gone when there is one again", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
      const leadership = await campaign(zk, "c", "keep").elected;
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await leadership.release();
      expect(await znodes(witness)).toHaveLength(1);
      proxy.accept();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("given back is gone although the reply to its deletion was lost", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy);
      const leadership = await campaign(zk, "c").elected;
      const lost = proxy.loseRequest("delete");
      await leadership.release();
      await lost;
      await eventually(async () => (await znodes(witness)).length === 0);
    });
  });

  describe("a guarded transaction", () => {
    test("commits while the leadership stands, and tells its own results", async (stage) => {
      const zk = await stage.client();
      const leadership = await campaign(zk, "c").elected;
      await zk.create("/counter", "0");
      const [stat, path] = await leadership.guard(zk.transaction().setData("/counter", "1").create("/report")).commit();
      expect([stat.version, path]).toEqual([1, "/report"]);
    });

    test("does nothing once the leadership is over", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
      await zk.create("/counter", "0");
      const old = await campaign(zk, "old").elected;
      await other.sync("/");
      await other.delete(old.path);
      const late = old.guard(zk.transaction().setData("/counter", "late")).commit();
      await expect(late).rejects.toMatchObject({ code: "NO_NODE", path: old.path, outcome: "rejected" });
      expect((await zk.getData("/counter")).data?.toString()).toBe("0");
    });

    test("of one who was cut off does nothing when it arrives late", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      await other.create("/counter", "0");
      const { zk } = await stage.actor(proxy);
      const old = await campaign(zk, "old", "keep").elected;
      const heir = await stand(other, "heir");
      const before = proxy.traffic.requests;
      proxy.freeze();
      const late = old.guard(zk.transaction().setData("/counter", "late")).commit();
      late.catch(() => {});
      await eventually(() => proxy.traffic.requests > before);
      await other.delete(old.path);
      const leadership = await heir.elected;
      await leadership.guard(other.transaction().setData("/counter", "heir")).commit();
      proxy.thaw();
      await expect(late).rejects.toMatchObject({ code: "NO_NODE" });
      expect((await other.getData("/counter")).data?.toString()).toBe("heir");
    });
  });
}
