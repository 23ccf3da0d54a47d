/* Partitioners at their edges; partitioner.test.ts has the usual course. */
import { connect, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger } from "@conclave/runtime";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, PATIENT_SESSION_MS, settled, TestContext } from "../../test-support/test-context.js";
import type { Partition } from "./partition.js";
import { Partitioner, type PartitionerOptions } from "./partitioner.js";

const endless = new AbortController().signal;
const whenAborted = ({ signal }: Partition): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

describeOnEachEnsemble("a partitioner of a few keys", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  const partitionerAt = (zk: ZooKeeper, path: string, options: Partial<PartitionerOptions> = {}): Partitioner =>
    new Partitioner(zk, { keys: ["a", "b"], ...(options as object), path });

  it("has a random id unless one is given, each key once, and rejects options that are wrong", async () => {
    const zk = await context.client();
    const partitioner = partitionerAt(zk, "/p", { keys: ["b", "a", "b"] });
    expect([partitioner.path, partitioner.keys, Object.isFrozen(partitioner.keys)]).toEqual(["/p", ["b", "a"], true]);
    expect(partitioner.id).toMatch(/^member-[0-9a-f]{16}$/);
    expect(partitionerAt(zk, "/p", { id: "me" }).id).toBe("me");
    expect(new Partitioner(zk, { name: "shards", keys: [] }).path).toBe("/conclave/partitions/shards");
    expect(() => partitionerAt(zk, "/p", { keys: ["a", ""] })).toThrow('"" cannot be the name of a partition');
    expect(() => partitionerAt(zk, "p")).toThrow('"p" cannot be the path of a partitioner');
    expect(() => partitionerAt(zk, "/p", { onSuspended: "stay" as "keep" })).toThrow("onSuspended must be");
  });

  it("keeps its members and the locks of its keys below its path, and knows who owns a key", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const partitioner = partitionerAt(zk, path, { id: "me", keys: ["a/b"] });
    expect([await partitioner.members(), await partitioner.ownerOf("a/b"), partitioner.owns("a/b")]).toEqual([
      ...[[], undefined, false],
    ]);
    const stop = new AbortController();
    const running = partitioner.run(whenAborted, { signal: stop.signal });
    await eventually(() => partitioner.owns("a/b"));
    await other.sync(path);
    const outside = partitionerAt(other, path, { keys: ["a/b"] });
    expect([await outside.members(), await outside.ownerOf("a/b")]).toEqual([["me"], "me"]);
    const names = await Promise.all(["", "/members", "/keys"].map((folder) => other.getChildren(path + folder)));
    expect(names).toEqual([expect.arrayContaining(["members", "keys"]), ["me"], ["a%2Fb"]]);
    expect([partitioner.current("a/b")?.key, partitioner.current("c"), partitioner.owns("c")]).toEqual([
      ...["a/b", undefined, false],
    ]);
    const signal = AbortSignal.abort();
    await expect(outside.members({ signal })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(outside.ownerOf("a/b", { signal })).rejects.toMatchObject({ code: "ABORTED" });
    stop.abort();
    await running;
    expect([partitioner.owns("a/b"), await partitioner.members()]).toEqual([false, []]);
  });

  it("does not join when its signal has aborted before, and can run again after a run", async () => {
    const zk = await context.client();
    const path = context.newPath();
    const partitioner = partitionerAt(zk, path);
    await partitioner.run(whenAborted, { signal: AbortSignal.abort() });
    expect(await zk.exists(path)).toBe(null);
    for (let round = 0; round < 2; round++) {
      const stop = new AbortController();
      const running = partitioner.run(whenAborted, { signal: stop.signal });
      await eventually(() => partitioner.owns("a") && partitioner.owns("b"));
      await expect(partitioner.run(whenAborted, { signal: endless })).rejects.toThrow(
        `the partitioner at ${path} is already running`,
      );
      stop.abort();
      await running;
    }
  });

  it("logs an error of a task that lost its key, and runs the task again", async () => {
    const [zk, other] = [await context.client(), await context.client()];
    const path = context.newPath();
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, debug: (message, fields) => void logged.push([message, fields]) };
    const partitioner = partitionerAt(zk, path, { keys: ["a"], logger });
    const error = new Error("stopped");
    let runs = 0;
    const stop = new AbortController();
    const running = partitioner.run(
      async (partition) => {
        runs++;
        await whenAborted(partition);
        throw error;
      },
      { signal: stop.signal },
    );
    const partition = await eventually(() => partitioner.current("a"), { until: (each) => each !== undefined });
    await settled(zk);
    const [lock] = await other.getChildren(`${path}/keys/a`);
    await other.delete(`${path}/keys/a/${lock}`);
    await eventually(() => runs === 2);
    expect(partition?.signal.reason).toMatchObject({ code: "GONE" });
    expect(logged).toContainEqual(["the task of the partition a ended with it", { error }]);
    stop.abort();
    await running;
  });

  it("ends with CLOSED or SESSION_EXPIRED when its client has ended, and stops its tasks before", async () => {
    for (const code of ["CLOSED", "SESSION_EXPIRED"] as const) {
      const [server = ""] = ensemble.connectString().split(",");
      const zk = await connect(server, { sessionTimeoutMs: PATIENT_SESSION_MS, newSessionAfterExpiry: false });
      onTestFinished(() => zk.close());
      const path = context.newPath();
      const partitioner = partitionerAt(zk, path);
      const signals: AbortSignal[] = [];
      const running = partitioner.run(
        (partition) => {
          signals.push(partition.signal);
          return whenAborted(partition);
        },
        { signal: endless },
      );
      const ended = expect(running).rejects.toMatchObject({
        ...{ code, outcome: "not-applied", path },
        message: `the partitioner at ${path} ended: the client is ${code === "CLOSED" ? "closed" : "expired"}`,
      });
      await eventually(() => signals.length === 2);
      if (code === "CLOSED") await zk.close();
      else await (await connect(server, { session: zk.session })).close();
      await ended;
      expect([signals.map(({ aborted }) => aborted), partitioner.owns("a")]).toEqual([[true, true], false]);
    }
  });

  it("keeps its keys while the connection is lost with onSuspended keep, and reports changes until its listener is removed", async () => {
    const { zk, isolate, accept, reaches } = await context.unstable();
    const path = context.newPath();
    const partitioner = partitionerAt(zk, path, { onSuspended: "keep" });
    const events: string[] = [];
    const remove = partitioner.on(({ type, key }) => void events.push(`${type} ${key}`));
    const stop = new AbortController();
    const running = partitioner.run(whenAborted, { signal: stop.signal });
    await eventually(() => events.length === 2);
    await settled(zk);
    isolate();
    await reaches("suspended");
    expect([partitioner.owns("a"), partitioner.owns("b")]).toEqual([true, true]);
    accept();
    await reaches("connected");
    await settled(zk);
    expect([partitioner.owns("a"), partitioner.owns("b"), events.length]).toEqual([true, true, 2]);
    remove();
    stop.abort();
    await running;
    expect(events.toSorted()).toEqual(["acquired a", "acquired b"]);
  });
});
