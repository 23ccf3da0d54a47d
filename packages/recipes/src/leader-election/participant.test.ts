import { CreateMode, connect, Permission, type ZooKeeper } from "@conclave/client";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { LeaderElection } from "./leader-election.js";

const gone = "_c_00000000-0000-0000-0000-000000000000-latch-0000000000";

describeOnEachEnsemble("the candidates of an election", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const electionAt = (zk: ZooKeeper, path: string, id?: string): LeaderElection => new LeaderElection(zk, { path, id });
  /** Creates a candidate's znode by hand. */
  const createCandidate = (zk: ZooKeeper, path: string, data: string | null, permissions: number = Permission.ALL) =>
    zk.create(`${path}/_c_00000000-0000-0000-0000-000000000000-latch-`, data, {
      mode: CreateMode.EPHEMERAL_SEQUENTIAL,
      acl: [{ permissions, id: { scheme: "world", id: "anyone" } }],
    });
  /** A client that lists a candidate which leaves between the reads of the list and of its znode; `lists` counts the lists. */
  const lateOf = (zk: ZooKeeper, isAlways = false) => {
    const lists: string[] = [];
    const late = withMethods(zk, {
      getChildren: async (path, options) => {
        const names = await zk.getChildren(path, options);
        lists.push(path);
        return isAlways || lists.length === 1 ? [gone, ...names] : names;
      },
    });
    return { late, lists };
  };

  it("are listed in queue order, with their ids, tokens and sessions; none before the first", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const election = electionAt(zk, path, "a");
    expect([await election.participants(), await election.leader()]).toEqual([[], undefined]);
    const leadership = await election.campaign();
    const second = await createCandidate(other, path, null);
    await other.create(`${path}/notes`, "no candidate");
    await zk.sync(path);
    const czxid = (await zk.exists(second))?.czxid;
    const first = {
      id: "a",
      path: leadership.path,
      fencingToken: leadership.fencingToken,
      sessionId: zk.sessionId,
    };
    expect(await election.participants()).toEqual([
      first,
      { id: "", path: second, fencingToken: czxid, sessionId: other.sessionId },
    ]);
    expect(await election.leader()).toEqual(first);
  });

  it("are listed without one that left between the two reads, which is not the leader either", async () => {
    const zk = await context.client();
    const path = context.newPath();
    // The candidate that left had the number 0.
    await (await electionAt(zk, path, "a").campaign()).release();
    await electionAt(zk, path, "a").campaign();
    const listing = lateOf(zk, true);
    expect((await electionAt(listing.late, path).participants()).map(({ id }) => id)).toEqual(["a"]);
    const leading = lateOf(zk);
    expect([(await electionAt(leading.late, path).leader())?.id, leading.lists.length]).toEqual(["a", 2]);
    const observing = lateOf(zk);
    const observed = electionAt(observing.late, path).observe();
    expect([(await observed.next()).value?.id, observing.lists.length]).toEqual(["a", 2]);
    await observed.return?.();
  });

  it("are not reported if they may not be read, or if the call is aborted", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path);
    await createCandidate(zk, path, "a", Permission.WRITE);
    const election = electionAt(zk, path);
    const signal = AbortSignal.abort();
    await Promise.all(
      [election.participants(), election.leader(), election.observe().next()].map((call) =>
        expect(call).rejects.toMatchObject({ code: "NO_AUTH" }),
      ),
    );
    await Promise.all(
      [election.participants({ signal }), election.leader({ signal })].map((call) =>
        expect(call).rejects.toMatchObject({ code: "ABORTED" }),
      ),
    );
    expect(await election.observe({ signal }).next()).toEqual({ done: true, value: undefined });
  });

  it("are observed from the first one that joins an election without candidates, without a znode or with an empty one", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    for (const exists of [false, true]) {
      const path = context.newPath();
      if (exists) await other.create(path);
      await zk.sync(path);
      const observed = electionAt(zk, path).observe();
      expect(await observed.next()).toEqual({ done: false, value: undefined });
      const change = observed.next();
      await settled(zk);
      await other.create(exists ? `${path}/notes` : path);
      await settled(zk);
      await createCandidate(other, path, "a");
      expect((await change).value?.id).toBe("a");
      await observed.return?.();
    }
  });

  it("include one that joined while an empty election was read", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    await other.create(path);
    await zk.sync(path);
    let lists = 0;
    const late = withMethods(zk, {
      getChildren: async (at, options) => {
        const names = await zk.getChildren(at, options);
        if (++lists === 1) await createCandidate(other, path, "a");
        await zk.sync(path);
        return names;
      },
    });
    const observed = electionAt(late, path).observe();
    expect((await observed.next()).value?.id).toBe("a");
    await observed.return?.();
  });
});
