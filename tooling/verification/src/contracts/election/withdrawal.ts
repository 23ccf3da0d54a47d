import type { ZooKeeper } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";
import { campaign, campaigning, ELECTION, znodes } from "./candidate.ts";

/** Checks the znodes of a candidacy when replies are lost or its signal aborts. */
export function withdrawal(test: ContractTest): void {
  describe("a candidacy leaves one znode", () => {
    test.for(["loseReply", "loseRequest"] as const)("and wins with it, by %s of the create", async (context, lose) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      await makeElection(zk);
      const lost = proxy[lose]("create2");
      const leadership = await campaign(zk, "c").elected;
      await lost;
      expect((await znodes(witness)).map((name) => `/conclave/elections/${ELECTION}/${name}`)).toEqual([
        leadership.path,
      ]);
      expect(await witness.exists(leadership.path)).toMatchObject({ czxid: leadership.fencingToken });
    });

    test("whatever message is lost", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
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
    test("before it began", async (context) => {
      const zk = await context.client();
      const reason = new Error("never mind");
      const elected = new LeaderElection(zk, { name: ELECTION }).campaign({ signal: AbortSignal.abort(reason) });
      await expect(elected).rejects.toMatchObject({ code: "ABORTED", cause: reason });
      expect(await zk.getChildren("/")).toEqual([]);
    });

    test("while it is in the wait queue", async (context) => {
      const zk = await context.client();
      const leadership = await campaign(zk, "leader").elected;
      const candidate = await campaigning(zk, "candidate");
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      await eventually(async () => (await znodes(zk)).length === 1);
      expect(leadership.signal.aborted).toBe(false);
    });

    test("while the reply to its create is on its way", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      await makeElection(zk);
      proxy.freeze("replies");
      const candidate = campaign(zk, "candidate");
      await eventually(async () => (await znodes(witness)).length === 1);
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      proxy.thaw();
      await eventually(async () => (await znodes(witness)).length === 0);
    });

    test("after the reply to its create was lost, while disconnected", async (context) => {
      const [proxy, witness] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
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

    test("while it is in the wait queue and disconnected", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await (await campaigning(other, "leader")).elected;
      const { zk, states } = await context.actor(proxy);
      const candidate = await campaigning(zk, "candidate");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      candidate.abort();
      await expect(candidate.elected).rejects.toMatchObject({ code: "ABORTED" });
      proxy.accept();
      await eventually(async () => (await znodes(other)).length === 1);
    });

    test("after it was elected has no effect", async (context) => {
      const zk = await context.client();
      const candidate = campaign(zk, "c");
      const leadership = await candidate.elected;
      candidate.abort();
      await zk.sync("/");
      expect(leadership.signal.aborted).toBe(false);
      expect(await znodes(zk)).toHaveLength(1);
    });
  });
}

/** Creates the parents, so that the next create is that of a candidate. */
async function makeElection(zk: ZooKeeper): Promise<void> {
  const leadership = await new LeaderElection(zk, { name: ELECTION }).campaign();
  await leadership.release();
}
