import { getEventListeners } from "node:events";
import { connect, ZkError, type ZooKeeper } from "@conclave/client";
import { eventually, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { oneServer, settled, TestContext } from "../../test-support/test-context.js";
import { rethrowUnlessRetryable, type WatchSet, watchUntil } from "./watch-until.js";

describeOnEachEnsemble("watchUntil", (ensemble) => {
  const context = new TestContext({ ensemble: oneServer(ensemble), connect, startFaultProxy, onTestFinished });
  beforeAll(() => context.open());

  /** Reads the data at `path` until it is "end"; `reads` has the data of all reads. */
  const untilEnd = (zk: ZooKeeper, path: string, signal?: AbortSignal) => {
    const reads: string[] = [];
    const read = async (watches: WatchSet): Promise<string | undefined> => {
      const { data } = await zk.getData(path, { watch: watches.on(path) });
      reads.push(`${data}`);
      return `${data}` === "end" ? "ended" : undefined;
    };
    const waiting = watchUntil(zk, "the end", read, signal === undefined ? undefined : { signal });
    waiting.catch(() => {});
    return { reads, waiting };
  };

  it("reads again each time that a watch fires, until there is a result, and leaves no watch", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const { reads, waiting } = untilEnd(zk, path);
    await eventually(() => reads.length === 1);
    await zk.setData(path, "2");
    await eventually(() => reads.length === 2);
    await zk.setData(path, "end");
    expect([await waiting, reads]).toEqual(["ended", ["1", "2", "end"]]);
    await eventually(async () => !(await zk.checkWatches(path, "data")));
  });

  it("leaves other watches of the client on the same path", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const events: string[] = [];
    await zk.getData(path, { watch: ({ type }) => void events.push(type) });
    const stop = new AbortController();
    const { reads, waiting } = untilEnd(zk, path, stop.signal);
    await eventually(() => reads.length === 1);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await settled(zk);
    await zk.setData(path, "2");
    await eventually(() => events.length === 1);
    expect(events).toEqual(["nodeDataChanged"]);
  });

  it("leaves no listener on its signal", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const { signal } = new AbortController();
    const { reads, waiting } = untilEnd(zk, path, signal);
    await eventually(() => reads.length === 1);
    await zk.setData(path, "end");
    await waiting;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("does not read without a change", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const { reads } = untilEnd(zk, path);
    await settled(zk);
    expect(reads).toEqual(["1"]);
  });

  it("rejects with ABORTED and the reason of its signal, and leaves no watch", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const stop = new AbortController();
    const { reads, waiting } = untilEnd(zk, path, stop.signal);
    await eventually(() => reads.length === 1);
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(waiting).rejects.toMatchObject({
      ...{ code: "ABORTED", outcome: "not-applied", cause: reason },
      message: "wait for the end: aborted by the caller",
    });
    await eventually(async () => !(await zk.checkWatches(path, "data")));
    const aborted = untilEnd(zk, path, stop.signal);
    await expect(aborted.waiting).rejects.toMatchObject({ code: "ABORTED", cause: reason });
    expect(aborted.reads).toEqual([]);
  });

  it("rejects with an error of its read, and leaves no watch", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const read = async (watches: WatchSet): Promise<undefined> => {
      await zk.getData(path, { watch: watches.on(path) });
      throw new Error("no disk");
    };
    await expect(watchUntil(zk, "the end", read)).rejects.toThrow("no disk");
    await eventually(async () => !(await zk.checkWatches(path, "data")));
    await expect(untilEnd(zk, context.newPath()).waiting).rejects.toMatchObject({ code: "NO_NODE" });
  });

  it("continues across a lost connection and an expired session", async () => {
    const { zk, isolate, accept, expire, reaches } = await context.unstable();
    const other = await context.client();
    const path = context.newPath();
    await other.create(path, "1");
    await zk.sync(path);
    const { reads, waiting } = untilEnd(zk, path);
    await eventually(() => reads.length === 1);
    isolate();
    await reaches("suspended");
    await other.setData(path, "2");
    accept();
    await eventually(() => reads.length === 2);
    isolate();
    await reaches("suspended");
    await expire();
    await other.setData(path, "end");
    accept();
    expect(await waiting).toBe("ended");
  });

  it("rejects when its client is closed", async () => {
    const zk = await context.client();
    const path = context.newPath();
    await zk.create(path, "1");
    const { reads, waiting } = untilEnd(zk, path);
    await eventually(() => reads.length === 1);
    await zk.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
  });
});

it.each([
  ["CONNECTION_LOSS", "connected", "returns"],
  ["CONNECTION_LOSS", "suspended", "returns"],
  ["SESSION_EXPIRED", "connecting", "returns"],
  ["SESSION_EXPIRED", "expired", "throws"],
  ["CONNECTION_LOSS", "closed", "throws"],
  ["NO_AUTH", "connected", "throws"],
] as const)("rethrowUnlessRetryable, for %s in the state %s, %s", async (code, state, outcome) => {
  const error = new ZkError(code, "failed", { outcome: "not-applied" });
  const zk = { state } as ZooKeeper;
  const actual = await rethrowUnlessRetryable(zk, error).then(
    () => "returns",
    (thrown: unknown) => (thrown === error ? "throws" : "throws another error"),
  );
  expect(actual).toBe(outcome);
});

it("rethrowUnlessRetryable reads the client's state after the client has opened its next session", async () => {
  const zk: { state: ZooKeeper["state"] } = { state: "expired" };
  const returned = rethrowUnlessRetryable(
    zk as ZooKeeper,
    new ZkError("SESSION_EXPIRED", "expired", { outcome: "not-applied" }),
  );
  zk.state = "connecting";
  await returned;
});
