import { CreateMode, type ZooKeeper } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { collectEvents, eventually, type FaultProxy, type ProxiedRequest } from "@conclave/testing";
import { describe, expect } from "vitest";
import { abortedBefore } from "../../test-context/aborted-before.ts";
import { type ContractTest, sessionUntil } from "../../test-context/test-context.ts";
import { type Candidate, campaign, campaigning, ELECTION, lostWith, untilInQueue, znodes } from "./candidate.ts";

const short = sessionUntil("expired");

/** Checks leaders and their order. */
export function succession(test: ContractTest): void {
  describe("an election", () => {
    test("has one leader, which all candidates see", async (context) => {
      const clients = await Promise.all([context.client(), context.client(), context.client()]);
      const candidates = Array.from({ length: 12 }, (_, index) => campaign(clients[index % 3]!, `c${index}`));
      const won: string[] = [];
      for (const { id, elected } of candidates) void elected.then(() => won.push(id)).catch(() => {});
      await eventually(() => candidates[0]!.election.participants(), { until: ({ length }) => length === 12 });
      await eventually(() => won.length > 0);
      for (const zk of clients) await zk.sync("/");
      const leaders = await Promise.all(candidates.map(({ election }) => election.leader()));
      expect(new Set(leaders.map((leader) => leader?.id))).toEqual(new Set(won));
      expect(won).toHaveLength(1);
      expect(candidates.filter(({ election }) => election.current !== undefined).map(({ id }) => id)).toEqual(won);
    });

    test("is won in the order of candidacy, with increasing tokens", async (context) => {
      const clients = [await context.client(), await context.client()];
      const candidates = [];
      for (let index = 0; index < 8; index++) candidates.push(await campaigning(clients[index % 2]!, `c${index}`));
      const order: string[] = [];
      for (const { id, elected } of candidates) void elected.then(() => order.push(id));
      let last = 0n;
      for (const { id, elected } of candidates) {
        const leadership = await elected;
        expect(leadership).toMatchObject({ id, election: ELECTION });
        expect(leadership.fencingToken).toBeGreaterThan(last);
        last = leadership.fencingToken;
        expect(order.at(-1)).toBe(id);
        await leadership.release();
      }
      expect(await znodes(clients[0]!)).toEqual([]);
    });

    test("is won again with a larger token", async (context) => {
      const zk = await context.client();
      const election = new LeaderElection(zk, { name: ELECTION });
      const tokens: bigint[] = [];
      for (let term = 0; term < 3; term++) {
        await using leadership = await election.campaign();
        tokens.push(leadership.fencingToken);
        expect(election.current).toBe(leadership);
      }
      expect(election.current).toBe(undefined);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)));
    });

    test("elects the next candidate when the client of the leader is closed", async (context) => {
      const [first, second] = [await context.client(), await context.client()];
      const leadership = await (await campaigning(first, "first")).elected;
      const successor = await campaigning(second, "second");
      await first.close();
      expect(leadership.signal.reason).toMatchObject({ name: "GrantLostError", code: "CLOSED" });
      expect((await successor.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
    });

    test.for([
      ["revoke", "SUSPENDED"],
      ["keep", "EXPIRED"],
    ] as const)(
      "elects the next candidate when the leader is disconnected, after its signal has aborted: %s",
      async (context, [onSuspended, code]) => {
        const [proxy, survivor] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy, short);
        const leadership = await (await campaigning(zk, "cut off", onSuspended)).elected;
        const successor = await campaigning(survivor, "successor");
        const abortedFirst = abortedBefore(leadership.signal, successor.elected);
        proxy.freeze();
        expect(await abortedFirst).toBe(true);
        expect(leadership.signal.reason).toMatchObject({ code });
        expect((await successor.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
      },
    );

    test("skips a candidate that has left the middle of the wait queue", async (context) => {
      const [zk, leaver] = [await context.client(), await context.client()];
      const leadership = await (await campaigning(zk, "leader")).elected;
      await campaigning(leaver, "leaver");
      const last = await campaigning(zk, "last");
      await leaver.close();
      expect(await znodes(zk)).toHaveLength(2);
      expect(last.election.current).toBe(undefined);
      await leadership.release();
      expect((await last.elected).id).toBe("last");
    });

    test("lets each candidate watch its predecessor only, and wakes no other", async (context) => {
      const outsider = await context.client();
      const leader = await campaigning(outsider, "leader");
      const leadership = await leader.elected;
      let predecessor = leadership.path;
      const waiting: { proxy: FaultProxy; zk: ZooKeeper; candidate: Candidate }[] = [];
      for (const id of ["w0", "w1", "w2", "w3", "w4"]) {
        const requests = collectEvents<ProxiedRequest>();
        const proxy = await context.proxy(context.servers[0], { onRequest: requests.add });
        const { zk } = await context.actor(proxy);
        const candidate = campaign(zk, id);
        waiting.push({ proxy, zk, candidate });
        await requests.first(({ operation, path }) => operation === "getData" && path === context.path + predecessor);
        predecessor = await untilInQueue(leader.election, id);
      }
      const notified = async (): Promise<number[]> => {
        await Promise.all(waiting.map(({ zk }) => zk.sync("/")));
        return waiting.map(({ proxy }) => proxy.traffic.notifications);
      };
      expect(await notified()).toEqual([0, 0, 0, 0, 0]);
      await leadership.release();
      await waiting[0]!.candidate.elected;
      expect(await notified()).toEqual([1, 0, 0, 0, 0]);
      waiting[2]!.candidate.abort();
      await eventually(async () => (await notified())[3] === 1);
      expect(await notified()).toEqual([1, 0, 0, 1, 0]);
      expect(waiting[3]!.candidate.election.current).toBe(undefined);
    });

    test("waits for a candidate of Curator that came earlier", async (context) => {
      const [zk, java] = [await context.client(), await context.client()];
      const mine = await (await campaigning(zk, "mine")).elected;
      const path = `/conclave/elections/${ELECTION}`;
      const name = "_c_6f1d7a52-1f0e-4f8b-9a3b-2c1d0e5f7a9b-latch-";
      const theirs = await java.create(`${path}/${name}`, "theirs", { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
      const last = await campaigning(zk, "last");
      await mine.release();
      expect(await last.election.leader()).toMatchObject({ id: "theirs", path: theirs });
      expect(last.election.current).toBe(undefined);
      await java.delete(theirs);
      expect((await last.elected).id).toBe("last");
      for (const child of await znodes(zk)) expect(child).toMatch(/^_c_[0-9a-f-]{36}-latch-\d{10}$/);
    });

    test("is independent of elections with other names", async (context) => {
      const zk = await context.client();
      const names = ["a", "a/b", "..", "größe", "a b", "%2F"];
      const elections = names.map((name) => new LeaderElection(zk, { name }));
      const leaderships = await Promise.all(elections.map((election) => election.campaign()));
      expect(leaderships.map(({ election }) => election)).toEqual(names);
      expect(new Set(elections.map(({ path }) => path)).size).toBe(names.length);
    });

    test("can use a path of the caller", async (context) => {
      const zk = await context.client();
      const election = new LeaderElection(zk, { path: "/deep/down/election" });
      const leadership = await election.campaign();
      expect(leadership.path).toMatch(/^\/deep\/down\/election\/_c_/);
      expect(await zk.exists(leadership.path)).toMatchObject({
        czxid: leadership.fencingToken,
        ephemeralOwner: zk.sessionId,
      });
    });
  });

  describe("the views of an election", () => {
    test("list the candidates in order, also for a client that is not one", async (context) => {
      const [one, two, outsider] = [await context.client(), await context.client(), await context.client()];
      const leadership = await (await campaigning(one, "first")).elected;
      await campaigning(two, "second");
      await campaigning(one, "third");
      const view = new LeaderElection(outsider, { name: ELECTION });
      await outsider.sync("/");
      const participants = await view.participants();
      expect(participants.map(({ id, sessionId }) => [id, sessionId])).toEqual([
        ["first", one.sessionId],
        ["second", two.sessionId],
        ["third", one.sessionId],
      ]);
      expect(participants[0]).toMatchObject({ path: leadership.path, fencingToken: leadership.fencingToken });
      expect(await view.leader()).toEqual(participants[0]);
    });

    test("are empty without candidates, and create no znode", async (context) => {
      const zk = await context.client();
      const election = new LeaderElection(zk, { name: ELECTION });
      expect(await election.leader()).toBe(undefined);
      expect(await election.participants()).toEqual([]);
      expect(await zk.getChildren("/")).toEqual([]);
    });
  });

  describe("a candidate", () => {
    test("keeps its position over a lost connection", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const leadership = await (await campaigning(other, "leader")).elected;
      const { zk, states } = await context.actor(proxy);
      const candidate = await campaigning(zk, "candidate");
      await campaigning(other, "later");
      const before = await znodes(other);
      proxy.cut();
      await states.first((state) => state === "connected");
      expect((await znodes(other)).sort()).toEqual(before.sort());
      await leadership.release();
      expect((await candidate.elected).id).toBe("candidate");
    });

    test("notices a leader that left while it was disconnected", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const leadership = await (await campaigning(other, "leader")).elected;
      const { zk, states } = await context.actor(proxy);
      const candidate = await campaigning(zk, "candidate");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await leadership.release();
      proxy.accept();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
    });

    test("campaigns again, at the end of the wait queue, when its session has expired", async (context) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const leadership = await (await campaigning(other, "leader")).elected;
      const { zk, states } = await context.actor(proxy, short);
      const candidate = await campaigning(zk, "candidate");
      const later = await campaigning(other, "later");
      proxy.freeze();
      await states.first((state) => state === "expired");
      await eventually(() => later.election.participants(), {
        until: (line) => line.map(({ id }) => id).join() === "leader,later",
      });
      proxy.thaw();
      await untilInQueue(later.election, "candidate");
      await leadership.release();
      const second = await later.elected;
      await second.release();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(second.fencingToken);
    });

    test("campaigns again when another client deletes its znode", async (context) => {
      const zk = await context.client();
      const leadership = await (await campaigning(zk, "leader")).elected;
      const candidate = await campaigning(zk, "candidate");
      const [, before] = await candidate.election.participants();
      await zk.delete(before!.path);
      await leadership.release();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(before!.fencingToken);
    });

    test("rejects when its client is closed", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      await (await campaigning(other, "leader")).elected;
      const candidate = await campaigning(zk, "candidate");
      await zk.close();
      await expect(candidate.elected).rejects.toMatchObject({ code: "CLOSED" });
      expect(await znodes(other)).toHaveLength(1);
    });

    test("rejects with the error of the ensemble", async (context) => {
      const zk = await context.client();
      const acl = [{ permissions: 1, id: { scheme: "world", id: "anyone" } }];
      await zk.create("/locked", null, { acl });
      const elected = new LeaderElection(zk, { path: "/locked" }).campaign();
      await expect(elected).rejects.toMatchObject({ code: "NO_AUTH" });
    });

    test("may campaign several times at once, each time with its own position", async (context) => {
      const zk = await context.client();
      const election = new LeaderElection(zk, { name: ELECTION, id: "twice" });
      const first = await election.campaign();
      const second = election.campaign();
      await eventually(() => election.participants(), { until: ({ length }) => length === 2 });
      await first.release();
      expect((await second).path).not.toBe(first.path);
      expect(await lostWith(first)).toBe("RELEASED");
      expect(election.current).toBe(await second);
    });
  });
}
