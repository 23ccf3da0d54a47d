import { Group } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractHarness, type ContractTest, contractTests, sessionUntil } from "../test-context/test-context.ts";

const at = { name: "g" };
const short = sessionUntil("expired");

/** Declares the contract of `Group`: one test for each hazard. Call it in a separate suite. */
export function runGroupContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("group contract", () => {
    members(test);
    views(test);
  });
}

function members(test: ContractTest): void {
  describe("a member", () => {
    test.for(["loseReply", "loseRequest"] as const)(
      "lost reply: joins once, with %s of the create",
      async (context, lose) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy);
        const first = await new Group(zk, at).join({ id: "first", data: 0 });
        const lost = proxy[lose](({ operation, path }) => operation !== "delete" && path?.endsWith("/a") === true);
        const membership = await new Group(zk, at).join({ id: "a", data: 1 });
        await lost;
        await other.sync("/");
        const seen = await new Group(other, at).members();
        expect(seen).toMatchObject([
          { id: "first", data: 0 },
          { id: "a", data: 1, sessionId: zk.sessionId },
        ]);
        expect(membership.isPresent).toBe(true);
        await first.leave();
      },
    );

    test("failed delete: leaves although the request was lost", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk } = await context.actor(proxy);
      const membership = await new Group(zk, at).join({ id: "a", data: 1 });
      const lost = proxy.loseRequest("delete");
      await membership.leave();
      await lost;
      await eventually(() => new Group(other, at).members(), { until: ({ length }) => length === 0 });
    });

    test("old-session ephemeral in the way: is a member by its current session only", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, short);
      const membership = await new Group(zk, at).join({ id: "a", data: 1 });
      const received: unknown[] = [];
      membership.on((isPresent) => received.push(isPresent));
      proxy.freeze();
      await states.first((state) => state === "expired");
      expect(membership.isPresent).toBe(false);
      proxy.cut();
      proxy.heal();
      await eventually(() => membership.isPresent);
      expect(received).toEqual([false, true]);
      await other.sync("/");
      expect(await new Group(other, at).members()).toMatchObject([{ id: "a", sessionId: zk.sessionId }]);
    });

    test("another session's ephemeral in the way: waits until that member has left", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      const theirs = await new Group(other, at).join({ id: "a", data: "theirs" });
      await zk.sync("/");
      let hasJoined = false;
      const joining = new Group(zk, at).join({ id: "a", data: "ours" }).then((membership) => {
        hasJoined = true;
        return membership;
      });
      for (let look = 0; look < 10; look++) await zk.sync("/");
      expect(hasJoined).toBe(false);
      await theirs.leave();
      expect((await joining).isPresent).toBe(true);
    });

    test("update lost: publishes its last data, in this session and the next", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy, short);
      const membership = await new Group(zk, at).join({ id: "a", data: 1 });
      const saying = (data: number) =>
        eventually(() => new Group(other, at).members(), { until: ([member]) => member?.data === data });
      const lost = proxy.loseRequest("setData");
      await membership.update(2);
      await lost;
      await saying(2);
      proxy.freeze();
      await states.first((state) => state === "expired");
      await membership.update(3);
      proxy.cut();
      proxy.heal();
      await saying(3);
    });
  });
}

function views(test: ContractTest): void {
  describe("a view", () => {
    test.for([
      ["SUSPENDED", "suspended"],
      ["LOST", "expired"],
    ] as const)("%s: is not fresh, and converges when the connection is back", async (context, [, state]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const stays = await new Group(other, at).join({ id: "stays", data: 1 });
      const leaves = await new Group(other, at).join({ id: "leaves", data: 1 });
      const { zk, states } = await context.actor(proxy, sessionUntil(state));
      await using view = await new Group(zk, at).follow();
      expect(view.members.map(({ id }) => id)).toEqual(["stays", "leaves"]);
      proxy.refuse();
      proxy.cut();
      await states.first((each) => each === state);
      expect([view.isFresh, view.members.length]).toEqual([false, 2]);
      await leaves.leave();
      await stays.update(2);
      await new Group(other, at).join({ id: "comes", data: 3 });
      proxy.accept();
      await eventually(() => view.isFresh && view.members, {
        until: (members) =>
          members !== false && members.map(({ id, data }) => `${id}${data}`).join() === "stays2,comes3",
      });
    });

    test("watch lost between read and set: sees a member that joins while it begins to follow", async (context) => {
      const other = await context.client();
      await new Group(other, at).join({ id: "first", data: 1 });
      let isArmed = true;
      const proxy = await context.proxy(context.servers[0], {
        onRequest: ({ operation }) => {
          if (isArmed && operation === "getChildren") proxy.freeze("replies");
        },
      });
      const { zk } = await context.actor(proxy);
      const following = new Group(zk, at).follow();
      await eventually(() => proxy.traffic.requests > 2);
      await new Group(other, at).join({ id: "second", data: 2 });
      isArmed = false;
      proxy.thaw();
      await using view = await following;
      await eventually(() => view.members.map(({ id }) => id).join() === "first,second");
    });

    test("a listener that throws: other listeners and the connection continue", async (context) => {
      const zk = await context.client();
      await using view = await new Group(zk, at).follow();
      const seen: string[] = [];
      view.on(() => {
        throw new Error("a bug of the caller's");
      });
      view.on(({ type }) => seen.push(type));
      await new Group(zk, at).join({ id: "a", data: 1 });
      await eventually(() => seen.includes("joined"));
      expect(zk.state).toBe("connected");
    });
  });
}
