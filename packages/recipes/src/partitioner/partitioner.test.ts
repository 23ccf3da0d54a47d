import { connect, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { TestContext } from "../../test-support/test-context.js";
import type { Partition } from "./partition.js";
import { Partitioner, type PartitionTask } from "./partitioner.js";

const keys = Array.from({ length: 12 }, (_, i) => `shard/${i}`);

describeOnEachEnsemble("a partitioner", (ensemble) => {
  const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const whenAborted = ({ signal }: Partition): Promise<void> =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

  /** A member that runs until `leave`. */
  const member = (
    zk: ZooKeeper,
    path: string,
    id: string,
    task: PartitionTask = whenAborted,
  ): { partitioner: Partitioner; leave: () => Promise<void>; owned: () => string[] } => {
    const partitioner = new Partitioner(zk, { path, id, keys });
    const stop = new AbortController();
    const running = partitioner.run(task, { signal: stop.signal });
    running.catch(() => {});
    return {
      partitioner,
      leave: () => {
        stop.abort();
        return running;
      },
      owned: () => keys.filter((key) => partitioner.owns(key)),
    };
  };

  it("assigns each key to one of the present members, and reports the owners", async () => {
    const path = `${context.newPath()}/deep`;
    const zk = await context.client();
    const a = member(zk, path, "a");
    await eventually(() => a.owned().length === 12);
    const b = member(await context.client(), path, "b");
    await eventually(() => a.owned().length + b.owned().length === 12 && b.owned().length > 2);
    expect(a.owned().filter((key) => b.owned().includes(key))).toEqual([]);
    const [key = ""] = b.owned();
    await zk.sync(path);
    expect([await a.partitioner.ownerOf(key), (await a.partitioner.members()).toSorted()]).toEqual(["b", ["a", "b"]]);
    const partition = b.partitioner.current(key)!;
    await partition.guard(zk.transaction().create(`${path}/guarded`)).commit();
    await b.leave();
    expect(partition.signal.reason).toMatchObject({ code: "RELEASED" });
    await eventually(() => a.owned().length === 12);
    expect(a.partitioner.current(key)!.fencingToken > partition.fencingToken).toBe(true);
    await a.leave();
    expect(await Promise.all(keys.map((each) => a.partitioner.ownerOf(each)))).toEqual(keys.map(() => undefined));
    expect(await a.partitioner.members()).toEqual([]);
  });

  it("reassigns a key only after the task of its previous owner has ended", async () => {
    const path = context.newPath();
    const running = new Map<string, string>();
    const overlaps: string[] = [];
    let finish = (): void => {};
    const mayEnd = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const tracked =
      (id: string): PartitionTask =>
      async (partition) => {
        if (running.has(partition.key)) overlaps.push(partition.key);
        running.set(partition.key, id);
        await whenAborted(partition);
        if (id === "a") await mayEnd;
        running.delete(partition.key);
      };
    const a = member(await context.client(), path, "a", tracked("a"));
    await eventually(() => running.size === 12);
    const b = member(await context.client(), path, "b", tracked("b"));
    // The signals of the reassigned keys have aborted, and no member owns these keys until their tasks have ended.
    await eventually(() => a.owned().length < 12);
    const reassigned = keys.filter((key) => !a.owned().includes(key));
    await eventually(async () => (await b.partitioner.members()).length === 2);
    expect([b.owned(), await a.partitioner.ownerOf(reassigned[0]!)]).toEqual([[], "a"]);
    finish();
    await eventually(() => b.owned().length === reassigned.length);
    expect(reassigned.every((key) => running.get(key) === "b")).toBe(true);
    await Promise.all([a.leave(), b.leave()]);
    expect([overlaps, running.size]).toEqual([[], 0]);
  });

  it("reassigns the keys of a member whose session expired, and again when the member returns", async () => {
    const path = context.newPath();
    const owners = new Map<string, AbortSignal>();
    const overlaps: string[] = [];
    const watched: PartitionTask = async (partition) => {
      if (owners.get(partition.key)?.aborted === false) overlaps.push(partition.key);
      owners.set(partition.key, partition.signal);
      await whenAborted(partition);
    };
    const { zk, isolate, accept } = await context.dying();
    const a = member(await context.client(), path, "a", watched);
    const b = member(zk, path, "b", watched);
    const isShared = (): boolean => a.owned().length + b.owned().length === 12 && b.owned().length > 2;
    await eventually(isShared);
    isolate();
    await eventually(() => b.owned().length === 0);
    await eventually(() => a.owned().length === 12);
    accept();
    await eventually(isShared);
    expect(overlaps).toEqual([]);
    await Promise.all([a.leave(), b.leave()]);
  });

  it("keeps a key whose task has ended, and reports each acquired and released key", async () => {
    const { partitioner, leave, owned } = member(await context.client(), context.newPath(), "a", () => {});
    const published: string[] = [];
    partitioner.on(({ type, key }) => void published.push(`${type} ${key}`));
    await eventually(() => owned().length === 12 && published.length === 12);
    await leave();
    expect(published.toSorted()).toEqual(keys.flatMap((key) => [`acquired ${key}`, `released ${key}`]).toSorted());
  });

  it("ends with the error of a task, or when its client is closed, and releases all keys", async () => {
    const path = context.newPath();
    const zk = await context.client();
    const failing = new Partitioner(zk, { path, keys });
    const endless = new AbortController().signal;
    const fail: PartitionTask = ({ key }) => {
      if (key === keys[3]) throw new Error("no disk");
    };
    await expect(failing.run(fail, { signal: endless })).rejects.toThrow("no disk");
    expect(await failing.members()).toEqual([]);
    const other = await context.client();
    const running = new Partitioner(other, { path, keys, id: "b" });
    const run = running.run(whenAborted, { signal: endless });
    await eventually(() => running.owns(keys[0]!));
    await expect(running.run(() => {}, { signal: endless })).rejects.toThrow("is already running");
    const ended = expect(run).rejects.toMatchObject({ code: "CLOSED" });
    await other.close();
    await ended;
    expect(running.owns(keys[0]!)).toBe(false);
  });
});
