import type { ZooKeeper } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";
import { campaign, ELECTION, stand, znodes } from "./candidate.ts";

/** What a candidacy leaves on the ensemble when replies are lost or its signal aborts. */
export function leavings(test: StagedTest): void {
  describe("a candidacy leaves one znode", () => {
    test.for(["loseReply", "loseRequest"] as const)("and wins with it, by %s of its creation", async (stage, lose) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy);
      await makeElection(zk);
      const lost = proxy[lose]("create2");
      const leadership = await campaign(zk, "c").elected;
      await lost;
      expect((await znodes(witness)).map((name) => `/conclave/elections/${ELECTION}/${name}`)).toEqual([
        leadership.path,
      ]);
      expect(await witness.exists(leadership.path)).toMatchObject({ czxid: leadership.fencingToken });
    });

    test("whatever is lost on its way", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy);
      const lost = [
        proxy.loseReply("createContainer"),
        proxy.loseReply("create2"),
        proxy.loseReply("create2"),
        proxy.loseReply("getChildren2"),
        proxy.loseReply("getData"),
        proxy.loseRequest("getData"),
      ];
      const leadership = await campaign(zk, "c", "keep").elected;
      await Promise.all(lost);
      expect(await znodes(witness)).toEqual([leadership.path.slice(leadership.path.lastIndexOf("/") + 1)]);
    });
  });

  describe("a candidacy leaves nothing when its signal aborts", () => {
    test("before it began", async (stage) => {
      const zk = await stage.client();
      const reason = new Error("never mind");
      const elected = new LeaderElection(zk, { name: ELECTION }).campaign({ signal: AbortSignal.abort(reason) });
      await expect(elected).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      expect(await zk.getChildren("/")).toEqual([]);
    });

    test("while it waits in line", async (stage) => {
      const zk = await stage.client();
      const leadership = await campaign(zk, "leader").elected;
      const candidate = await stand(zk, "candidate");
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      await eventually(async () => (await znodes(zk)).length === 1);
      expect(leadership.signal.aborted).toBe(false);
    });

    test("while the reply to its creation is under way", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy);
      await makeElection(zk);
      proxy.freeze("replies");
      const candidate = campaign(zk, "candidate");
      await eventually(async () => (await znodes(witness)).length === 1);
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      proxy.thaw();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("after the reply to its creation was lost, while there is no connection", async (stage) => {
      const [proxy, witness] = [await stage.proxy(), await stage.client()];
      const { zk, states } = await stage.actor(proxy);
      await makeElection(zk);
      const lost = proxy.loseReply("create2");
      const candidate = campaign(zk, "candidate");
      await lost;
      proxy.refuse();
      await states.first((state) => state === "suspended");
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      expect(await znodes(witness)).toHaveLength(1);
      proxy.accept();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("while it waits in line without a connection", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      await (await stand(other, "leader")).elected;
      const { zk, states } = await stage.actor(proxy);
      const candidate = await stand(zk, "candidate");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      proxy.accept();
      await eventually(async () => (await znodes(other)).length === 1);
    });

    test("once it leads means nothing any more", async (stage) => {
      const zk = await stage.client();
      const candidate = campaign(zk, "c");
      const leadership = await candidate.elected;
      candidate.abort();
      await zk.sync("/");
      expect(leadership.signal.aborted).toBe(false);
      expect(await znodes(zk)).toHaveLength(1);
    });
  });
}

/** Makes the parents, so that the next creation is that of a candidate's znode. */
async function makeElection(zk: ZooKeeper): Promise<void> {
  const leadership = await new LeaderElection(zk, { name: ELECTION }).campaign();
  await leadership.release();
}
