/* Double barriers at their edges; double-barrier.test.ts has the usual course. */
import { connect, isZkError, OPEN_ACL_UNSAFE, Permission, type ZooKeeper } from "@conclave/client";
import { TestClock } from "@conclave/runtime/testing";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { withMethods } from "../../test-support/with-methods.js";
import { DoubleBarrier, type DoubleBarrierOptions } from "./double-barrier.js";

describeOnEachEnsemble("a double barrier of several processes", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const barrierAt = (zk: ZooKeeper, path: string, options: Partial<DoubleBarrierOptions> = {}): DoubleBarrier =>
    new DoubleBarrier(zk, { size: 2, ...(options as object), path });
  const only = (permissions: number) => [{ permissions, id: { scheme: "world", id: "anyone" } }];
  /** Paths of the participants' znodes in a round, in the order of their sequence numbers. */
  const membersOf = async (zk: ZooKeeper, path: string, round = 1): Promise<string[]> => {
    const parent = `${path}/round-${String(round).padStart(10, "0")}`;
    try {
      const names = (await zk.getChildren(parent)).sort((a, b) => (a.slice(-10) < b.slice(-10) ? -1 : 1));
      return names.map((name) => `${parent}/${name}`);
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return [];
      throw error;
    }
  };
  const present = (zk: ZooKeeper, path: string, count: number) =>
    eventually(async () => (await membersOf(zk, path)).length === count);

  it("has a path by its name, and rejects a path or a size that is wrong", async () => {
    const zk = await context.client();
    expect(new DoubleBarrier(zk, { name: "d", size: 1 })).toMatchObject({
      path: "/conclave/double-barriers/d",
      size: 1,
    });
    expect(() => barrierAt(zk, "d")).toThrow('"d" cannot be the path of a double barrier');
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => barrierAt(zk, "/d", { size })).toThrow(`size must be a whole number, 1 or more, not ${size}`);
    }
  });

  it("has a znode for each participant, with its id as data and its ACL", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const acl = [...OPEN_ACL_UNSAFE, { permissions: Permission.READ, id: { scheme: "ip", id: "127.0.0.1" } }];
    const [named, nameless] = [barrierAt(zk, path, { id: "me", acl }), barrierAt(zk, path, { acl })];
    const first = named.enter();
    await present(zk, path, 1);
    const passages = await Promise.all([first, nameless.enter()]);
    const members = await membersOf(zk, path);
    expect(members.map((each) => each.replace(/[0-9a-f-]{36}/, ""))).toEqual(
      [0, 1].map((number) => `${path}/round-0000000001/_c_-member-000000000${number}`),
    );
    const [one, two] = await Promise.all(members.map((each) => zk.getData(each)));
    expect([`${one?.data}`, two?.data?.length ?? 0, one?.stat.ephemeralOwner]).toEqual(["me", 0, zk.sessionId]);
    expect((await zk.getACL(members[0]!)).acl).toHaveLength(2);
    expect(passages.map(({ round, position }) => [round, position])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("names itself in the error of a wait that is over, and a participant that gave up no longer counts", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const clock = new TestClock();
    const barrier = barrierAt(zk, path, { clock });
    const late = expect(barrier.enter({ timeoutMs: 10 })).rejects.toThrow(
      `the double barrier ${path} was not granted within 10 ms`,
    );
    await present(zk, path, 1);
    clock.advance(10);
    await late;
    await present(zk, path, 0);
    const first = barrier.enter();
    await present(zk, path, 1);
    const [passage] = await Promise.all([first, barrierAt(other, path).enter()]);
    const stuck = expect(passage.leave({ timeoutMs: 10 })).rejects.toThrow(
      `the end of round 1 of the double barrier ${path} was not granted within 10 ms`,
    );
    await settled(zk);
    clock.advance(10);
    await stuck;
    expect(passage.signal.reason).toMatchObject({
      code: "RELEASED",
      message: `the passage of the double barrier ${path} ended: this participant left`,
    });
    await present(zk, path, 1);
  });

  it("rejects calls with a signal that aborts, before and within a wait, and leaves no znode", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const barrier = barrierAt(zk, path);
    const aborted = { code: "ABORTED" };
    await expect(barrier.enter({ signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    const stop = new AbortController();
    const entering = expect(barrier.enter({ signal: stop.signal })).rejects.toMatchObject(aborted);
    await present(zk, path, 1);
    stop.abort();
    await entering;
    await present(zk, path, 0);
    const [first, second] = await Promise.all([barrier.enter(), barrier.enter()]);
    await expect(first.leave({ signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    await present(zk, path, 1);
    await second.leave();
    await present(zk, path, 0);
  });

  it("rejects calls that are not allowed", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const parent = context.newPath();
    await zk.create(parent, null, { acl: only(Permission.READ) });
    const denied = { code: "NO_AUTH" };
    await expect(barrierAt(zk, `${parent}/d`).enter()).rejects.toMatchObject(denied);
    for (const permissions of [Permission.CREATE, Permission.READ, Permission.READ | Permission.CREATE]) {
      const path = context.newPath();
      await zk.create(path, "1");
      await zk.create(`${path}/round-0000000001`, null, { acl: only(permissions | Permission.DELETE) });
      await expect(barrierAt(zk, path, { size: 1 }).enter()).rejects.toMatchObject(denied);
      expect(await zk.getEphemerals({ prefix: path })).toEqual([]);
    }
    const path = context.newPath();
    const [passage] = await Promise.all([barrierAt(zk, path).enter(), barrierAt(other, path).enter()]);
    const round = `${path}/round-0000000001`;
    await zk.setACL(round, only(Permission.WRITE));
    await expect(passage.leave()).rejects.toMatchObject(denied);
  });

  it("is entered again when another client deletes the znode of a participant that waits", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const stop = new AbortController();
    const entering = barrierAt(zk, path).enter({ signal: stop.signal });
    await present(other, path, 1);
    await settled(zk);
    const [before] = await membersOf(other, path);
    await other.delete(before!);
    // The znode has no watch of its own: the participant looks for it when the data of the round change.
    await other.setData(`${path}/round-0000000001`, null);
    await eventually(async () => {
      const now = await membersOf(other, path);
      return now.length === 1 && now[0] !== before;
    });
    stop.abort();
    await expect(entering).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("is entered in the next round when the round was deleted, before its participants or with them", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const round = `${path}/round-0000000001`;
    await zk.create(path, "1");
    await zk.create(round);
    const late = withMethods(zk, {
      getData: async (at, options) => {
        const read = await zk.getData(at, options);
        if (at === path && (await other.exists(round)) !== null) await other.delete(round);
        return read;
      },
    });
    expect((await barrierAt(late, path, { size: 1 }).enter()).round).toBe(2);

    const second = context.newPath();
    const entering = barrierAt(zk, second).enter();
    await present(other, second, 1);
    await settled(zk);
    const [member] = await membersOf(other, second);
    await other.transaction().delete(member!).delete(`${second}/round-0000000001`).commit();
    await eventually(async () => (await membersOf(other, second, 2)).length === 1);
    const passages = await Promise.all([entering, barrierAt(other, second).enter()]);
    expect(passages.map((passage) => passage.round)).toEqual([2, 2]);
  });

  it("is entered in the next round when that one could not be created ahead", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const barrier = barrierAt(zk, path, { size: 1 });
    const first = await barrier.enter();
    await first.leave();
    // Only the version of the znode changes, so that it is not the number of the round any more.
    await zk.setData(path, "1");
    expect([first.round, (await barrier.enter()).round]).toEqual([1, 2]);
  });

  it("is left when the round, or the znode of the participant that is waited for, has been deleted", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const barrier = barrierAt(zk, path);
    for (const round of [1, 2]) {
      const [first, second] = await Promise.all([barrier.enter(), barrierAt(other, path).enter()]);
      expect([first.round, second.round]).toEqual([round, round]);
      const leaving = first.leave();
      await settled(zk);
      const transaction = other.transaction();
      for (const each of await membersOf(other, path, round)) transaction.delete(each);
      if (round === 2) transaction.delete(`${path}/round-0000000002`);
      await transaction.commit();
      await leaving;
      await second.leave();
    }
  });

  it("creates the next round ahead, so that the participants of a round need no read to enter it", async () => {
    const zk = await context.client();
    const path = context.newPath();
    let reads = 0;
    const counted = withMethods(zk, {
      getData: (at, options) => {
        if (at === path) reads++;
        return zk.getData(at, options);
      },
    });
    const barrier = barrierAt(counted, path, { size: 1 });
    for (const round of [1, 2, 3]) {
      const passage = await barrier.enter();
      expect(passage.round).toBe(round);
      await passage.leave();
    }
    // The first enter finds that there is no barrier yet, and then its number.
    expect(reads).toBe(2);
    expect(`${(await zk.getData(path)).data}`).toBe("3");
  });
});
