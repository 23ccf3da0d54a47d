import { CreateMode, type ZooKeeper } from "@conclave/client";
import { LeaderElection } from "@conclave/recipes";
import { collectEvents, eventually, type FaultProxy, type ProxiedRequest } from "@conclave/testing";
import { describe, expect } from "vitest";
import { knewBefore } from "../knew-before.ts";
import { SHORT_SESSION_MS, type StagedTest } from "../stage.ts";
import { type Candidate, campaign, ELECTION, lostWith, stand, untilInLine, znodes } from "./candidate.ts";

const short = { sessionTimeoutMs: SHORT_SESSION_MS };

/** Who leads, and who is next. */
export function succession(test: StagedTest): void {
  describe("an election", () => {
    test("has one leader, whom all see", async (stage) => {
      const clients = await Promise.all([stage.client(), stage.client(), stage.client()]);
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

    test("is won in the order of standing, with tokens that grow", async (stage) => {
      const clients = [await stage.client(), await stage.client()];
      const candidates = [];
      for (let index = 0; index < 8; index++) candidates.push(await stand(clients[index % 2]!, `c${index}`));
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

    test("is won again with a larger token", async (stage) => {
      const zk = await stage.client();
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

    test("passes on when the leader's client is closed", async (stage) => {
      const [first, second] = [await stage.client(), await stage.client()];
      const leadership = await (await stand(first, "first")).elected;
      const heir = await stand(second, "second");
      await first.close();
      expect(leadership.signal.reason).toMatchObject({ name: "GrantLostError", code: "CLOSED" });
      expect((await heir.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
    });

    test.for([
      ["revoke", "SUSPENDED"],
      ["keep", "EXPIRED"],
    ] as const)("passes on when the leader is cut off, who knows first: %s", async (stage, [onSuspended, code]) => {
      const [proxy, survivor] = [await stage.proxy(), await stage.client()];
      const { zk } = await stage.actor(proxy, short);
      const leadership = await (await stand(zk, "cut off", onSuspended)).elected;
      const heir = await stand(survivor, "heir");
      const knew = knewBefore(leadership.signal, heir.elected);
      proxy.freeze();
      expect(await knew).toBe(true);
      expect(leadership.signal.reason).toMatchObject({ code });
      expect((await heir.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
    });

    test("skips who has gone from the middle of the line", async (stage) => {
      const [zk, leaver] = [await stage.client(), await stage.client()];
      const leadership = await (await stand(zk, "leader")).elected;
      await stand(leaver, "leaver");
      const last = await stand(zk, "last");
      await leaver.close();
      expect(await znodes(zk)).toHaveLength(2);
      expect(last.election.current).toBe(undefined);
      await leadership.release();
      expect((await last.elected).id).toBe("last");
    });

    test("has everybody wait for the one before, and wakes nobody else", async (stage) => {
      const outsider = await stage.client();
      const leader = await stand(outsider, "leader");
      const leadership = await leader.elected;
      let predecessor = leadership.path;
      const waiting: { proxy: FaultProxy; zk: ZooKeeper; candidate: Candidate }[] = [];
      for (const id of ["w0", "w1", "w2", "w3", "w4"]) {
        const requests = collectEvents<ProxiedRequest>();
        const proxy = await stage.proxy(stage.servers[0], { onRequest: requests.add });
        const { zk } = await stage.actor(proxy);
        const candidate = campaign(zk, id);
        waiting.push({ proxy, zk, candidate });
        await requests.first(({ operation, path }) => operation === "getData" && path === stage.path + predecessor);
        predecessor = await untilInLine(leader.election, id);
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

    test("waits behind a candidate of Curator", async (stage) => {
      const [zk, java] = [await stage.client(), await stage.client()];
      const mine = await (await stand(zk, "mine")).elected;
      const path = `/conclave/elections/${ELECTION}`;
      const name = "_c_6f1d7a52-1f0e-4f8b-9a3b-2c1d0e5f7a9b-latch-";
      const theirs = await java.create(`${path}/${name}`, "theirs", { mode: CreateMode.EPHEMERAL_SEQUENTIAL });
      const last = await stand(zk, "last");
      await mine.release();
      expect(await last.election.leader()).toMatchObject({ id: "theirs", path: theirs });
      expect(last.election.current).toBe(undefined);
      await java.delete(theirs);
      expect((await last.elected).id).toBe("last");
      for (const child of await znodes(zk)) expect(child).toMatch(/^_c_[0-9a-f-]{36}-latch-\d{10}$/);
    });

    test("is apart from elections of other names, whatever these are", async (stage) => {
      const zk = await stage.client();
      const names = ["a", "a/b", "..", "größe", "a b", "%2F"];
      const elections = names.map((name) => new LeaderElection(zk, { name }));
      const leaderships = await Promise.all(elections.map((election) => election.campaign()));
      expect(leaderships.map(({ election }) => election)).toEqual(names);
      expect(new Set(elections.map(({ path }) => path)).size).toBe(names.length);
    });

    test("may lie at a path of the caller's", async (stage) => {
      const zk = await stage.client();
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
    test("tell who stands, in order, to somebody who does not", async (stage) => {
      const [one, two, outsider] = [await stage.client(), await stage.client(), await stage.client()];
      const leadership = await (await stand(one, "first")).elected;
      await stand(two, "second");
      await stand(one, "third");
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

    test("are empty where nobody stands, and make nothing", async (stage) => {
      const zk = await stage.client();
      const election = new LeaderElection(zk, { name: ELECTION });
      expect(await election.leader()).toBe(undefined);
      expect(await election.participants()).toEqual([]);
      expect(await zk.getChildren("/")).toEqual([]);
    });
  });

  describe("a candidate", () => {
    test("keeps its place over a lost connection", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const leadership = await (await stand(other, "leader")).elected;
      const { zk, states } = await stage.actor(proxy);
      const candidate = await stand(zk, "candidate");
      await stand(other, "later");
      const before = await znodes(other);
      proxy.cut();
      await states.first((state) => state === "connected");
      expect((await znodes(other)).sort()).toEqual(before.sort());
      await leadership.release();
      expect((await candidate.elected).id).toBe("candidate");
    });

    test("hears of a leader that went while it was disconnected", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const leadership = await (await stand(other, "leader")).elected;
      const { zk, states } = await stage.actor(proxy);
      const candidate = await stand(zk, "candidate");
      proxy.refuse();
      proxy.cut();
      await states.first((state) => state === "suspended");
      await leadership.release();
      proxy.accept();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(leadership.fencingToken);
    });

    test("stands again, at the end of the line, when its session has expired", async (stage) => {
      const [proxy, other] = [await stage.proxy(), await stage.client()];
      const leadership = await (await stand(other, "leader")).elected;
      const { zk, states } = await stage.actor(proxy, short);
      const candidate = await stand(zk, "candidate");
      const later = await stand(other, "later");
      proxy.freeze();
      await states.first((state) => state === "expired");
      await eventually(() => later.election.participants(), {
        until: (line) => line.map(({ id }) => id).join() === "leader,later",
      });
      proxy.thaw();
      await untilInLine(later.election, "candidate");
      await leadership.release();
      const second = await later.elected;
      await second.release();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(second.fencingToken);
    });

    test("stands again when somebody deletes its znode", async (stage) => {
      const zk = await stage.client();
      const leadership = await (await stand(zk, "leader")).elected;
      const candidate = await stand(zk, "candidate");
      const [, before] = await candidate.election.participants();
      await zk.delete(before!.path);
      await leadership.release();
      expect((await candidate.elected).fencingToken).toBeGreaterThan(before!.fencingToken);
    });

    test("is told when its client is closed", async (stage) => {
      const [zk, other] = [await stage.client(), await stage.client()];
      await (await stand(other, "leader")).elected;
      const candidate = await stand(zk, "candidate");
      await zk.close();
      await expect(candidate.elected).rejects.toMatchObject({ code: "CLOSED" });
      expect(await znodes(other)).toHaveLength(1);
    });

    test("is told what the ensemble refuses", async (stage) => {
      const zk = await stage.client();
      const acl = [{ permissions: 1, id: { scheme: "world", id: "anyone" } }];
      await zk.create("/locked", null, { acl });
      const elected = new LeaderElection(zk, { path: "/locked" }).campaign();
      await expect(elected).rejects.toMatchObject({ code: "NO_AUTH" });
    });

    test("may stand several times at once, each time in a place of its own", async (stage) => {
      const zk = await stage.client();
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
