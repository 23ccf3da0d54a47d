import { connect, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import { DoubleBarrier } from "./double-barrier.js";
import type { Passage } from "./passage.js";

describeOnEachEnsemble("a double barrier", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Number of znodes of participants, in all rounds. */
  const members = async (zk: ZooKeeper, path: string): Promise<number> => {
    await zk.sync(path);
    const rounds = await zk.getChildren(path);
    const each = await Promise.all(rounds.map((round) => zk.getChildren(`${path}/${round}`).catch(() => [])));
    return each.flat().length;
  };
  /** True if the only participant is that of the client's present session. */
  const isAlone = async (zk: ZooKeeper, other: ZooKeeper, path: string): Promise<boolean> =>
    (await zk.getEphemerals({ prefix: path })).length === 1 && (await members(other, path)) === 1;
  const leaveAll = (passages: readonly Passage[]): Promise<unknown> =>
    Promise.all(passages.map((passage) => passage.leave()));

  it("admits all together and releases all together, round after round, when they enter again at once", async () => {
    const path = `${context.newPath()}/deep`;
    const [zk, other] = [await context.client(), await context.client()];
    const inside = new Map<number, number>();
    const rounds: number[][] = [];
    const participant = async (client: ZooKeeper): Promise<void> => {
      const barrier = new DoubleBarrier(client, { path, size: 4 });
      const entered: number[] = [];
      for (let i = 0; i < 5; i++) {
        const passage = await barrier.enter();
        entered.push(passage.round);
        inside.set(passage.round, (inside.get(passage.round) ?? 0) + 1);
        await passage.leave();
        // No participant has left before all had entered.
        expect(inside.get(passage.round)).toBe(4);
      }
      rounds.push(entered);
    };
    await Promise.all([zk, zk, other, other].map(participant));
    expect(new Set(rounds.map(String)).size).toBe(1);
    expect(await members(zk, path)).toBe(0);
  });

  it("moves a participant in excess of its size to the next round", async () => {
    const zk = await context.client();
    const barrier = new DoubleBarrier(zk, { path: context.newPath(), size: 2 });
    const passages: Passage[] = [];
    const last = new AbortController();
    const entering = Array.from({ length: 5 }, () => barrier.enter({ signal: last.signal }));
    for (const each of entering) each.then((passage) => passages.push(passage)).catch(() => {});
    await eventually(() => passages.length === 4);
    expect(passages.map(({ round, position }) => `${round}.${position}`).toSorted()).toEqual([
      "1.0",
      "1.1",
      "2.0",
      "2.1",
    ]);
    await leaveAll(passages);
    expect(await members(zk, barrier.path)).toBe(1);
    last.abort();
    await eventually(async () => (await members(zk, barrier.path)) === 0);
  });

  it("does not count a participant that died before the round began, and does not wait for one that died within it", async () => {
    const path = context.newPath();
    const { zk: dying, isolate } = await context.dying();
    const zk = await context.client();
    const barrier = new DoubleBarrier(zk, { path, size: 2 });
    const dead = new DoubleBarrier(dying, { path, size: 2 });
    dead.enter().catch(() => {});
    await eventually(async () => (await members(zk, path)) === 1);
    isolate();
    await eventually(async () => (await members(zk, path)) === 0);
    const first = barrier.enter();
    await eventually(async () => (await members(zk, path)) === 1);
    const { zk: alsoDying, isolate: isolateToo } = await context.dying();
    const second = await new DoubleBarrier(alsoDying, { path, size: 2 }).enter();
    isolateToo();
    await (await first).leave();
    await eventually(() => second.signal.aborted);
    expect(second.signal.reason).toMatchObject({ code: "EXPIRED" });
  });

  it("admits a slow participant after all others have left and wait for the next round", async () => {
    const path = context.newPath();
    const { zk: slow, proxy } = await context.unstable();
    const zk = await context.client();
    const fast = new DoubleBarrier(zk, { path, size: 2 });
    const entering = new DoubleBarrier(slow, { path, size: 2 }).enter();
    await eventually(async () => (await members(zk, path)) === 1);
    await slow.sync(path);
    proxy.freeze();
    const passage = await fast.enter();
    const leaving = passage.leave();
    // The fast participant stops waiting for the slow one, and enters again.
    await expect(passage.leave({ timeoutMs: 50 })).rejects.toThrow("was not granted within 50 ms");
    const again = fast.enter();
    await eventually(async () => (await members(zk, path)) === 2);
    proxy.thaw();
    const late = await entering;
    expect(late.round).toBe(passage.round);
    await late.leave();
    await leaving;
    const next = new DoubleBarrier(slow, { path, size: 2 }).enter();
    expect([(await again).round, (await next).round]).toEqual([passage.round + 1, passage.round + 1]);
    await leaveAll([await again, await next]);
  });

  it.each(["create2", "getData", "getChildren", "multi"] as const)(
    "is entered although a reply to %s is lost",
    async (operation) => {
      const path = context.newPath();
      const { zk, proxy } = await context.unstable();
      const other = await context.client();
      const first = new DoubleBarrier(other, { path, size: 2 }).enter();
      await eventually(async () => (await members(other, path)) === 1);
      await zk.sync(path);
      const lost = proxy.loseReply(operation);
      const second = await new DoubleBarrier(zk, { path, size: 2 }).enter();
      await lost;
      await leaveAll([await first, second]);
      expect(await members(other, path)).toBe(0);
    },
  );

  it("enters again in the next session when its session expired while it waited", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches } = await context.dying();
    const other = await context.client();
    const entering = new DoubleBarrier(zk, { path, size: 2 }).enter();
    await eventually(async () => (await members(other, path)) === 1);
    isolate();
    await reaches("expired");
    accept();
    await eventually(() => isAlone(zk, other, path));
    await leaveAll(await Promise.all([entering, new DoubleBarrier(other, { path, size: 2 }).enter()]));
  });

  it("enters again when its session has expired by its own clock while the server keeps the znode", async () => {
    const path = context.newPath();
    const { zk, isolate, accept, reaches, oversleep } = await context.unstable();
    const other = await context.client();
    const entering = new DoubleBarrier(zk, { path, size: 2 }).enter();
    await eventually(async () => (await members(other, path)) === 1);
    isolate();
    await reaches("suspended");
    oversleep();
    // Reading the state makes the client check its session timer.
    void zk.state;
    await reaches("expired");
    accept();
    await eventually(() => isAlone(zk, other, path));
    await leaveAll(await Promise.all([entering, new DoubleBarrier(other, { path, size: 2 }).enter()]));
  });

  it("leaves no znode of an aborted enter, and is left without waiting at the end of a scope", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const barrier = new DoubleBarrier(zk, { path, size: 2 });
    await expect(barrier.enter({ timeoutMs: 100 })).rejects.toThrow("was not granted within 100 ms");
    expect(await members(zk, path)).toBe(0);
    const [first, second] = await Promise.all([barrier.enter(), barrier.enter()]);
    {
      await using passage = first;
      expect(passage.signal.aborted).toBe(false);
    }
    expect(first.signal.reason).toMatchObject({ code: "RELEASED" });
    await second.leave();
  });

  it("wakes each waiting participant once, however many there are", async () => {
    const path = context.newPath();
    const { zk, proxy } = await context.unstable();
    const other = await context.client();
    const entering = new DoubleBarrier(zk, { path, size: 8 }).enter();
    await eventually(async () => (await members(other, path)) === 1);
    const barrier = new DoubleBarrier(other, { path, size: 8 });
    await Promise.all([entering, ...Array.from({ length: 7 }, () => barrier.enter())]);
    expect(proxy.traffic.notifications).toBe(1);
  });
});
