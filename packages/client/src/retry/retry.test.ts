import { seededRandom, systemClock } from "@conclave/runtime";
import { forEachSeed, startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import {
  CreateMode,
  commitOnce,
  createProtected,
  deleteOnce,
  deleteProtected,
  protectionMarker,
  retry,
  setDataOnce,
  ZkError,
  type ZooKeeper,
} from "../index.js";

describe("retry", () => {
  const open = { state: "connected" } as ZooKeeper;
  const failing = (...errors: unknown[]) => {
    let calls = 0;
    const operation = async (): Promise<number> => {
      calls += 1;
      if (errors.length > 0) throw errors.shift();
      return calls;
    };
    return { operation, calls: () => calls };
  };
  const error = (
    code: "CONNECTION_LOSS" | "NO_NODE" | "THROTTLED_OP" | "SESSION_EXPIRED",
    outcome: ZkError["outcome"],
  ) => new ZkError(code, code, { outcome });
  const fast = { initialMs: 0 };

  it("retries operations that were not applied, and throttled ones", async () => {
    const { operation } = failing(
      error("CONNECTION_LOSS", "not-applied"),
      error("SESSION_EXPIRED", "not-applied"),
      error("THROTTLED_OP", "rejected"),
    );
    expect(await retry(open, operation, fast)).toBe(4);
  });

  it.each([
    ["a refusal", error("NO_NODE", "rejected")],
    ["a write with a lost answer", error("CONNECTION_LOSS", "unknown")],
    ["an error that is none of ours", new RangeError("mine")],
  ])("does not repeat %s", async (_name, failure) => {
    const { operation, calls } = failing(failure);
    await expect(retry(open, operation, fast)).rejects.toBe(failure);
    expect(calls()).toBe(1);
  });

  it("calls ifUnknown for a write with a lost answer, and uses its result", async () => {
    const done = failing(error("CONNECTION_LOSS", "unknown"));
    expect(await retry(open, done.operation, { ...fast, ifUnknown: async () => ({ done: true, result: 70 }) })).toBe(
      70,
    );
    expect(done.calls()).toBe(1);
    const lost = failing(error("CONNECTION_LOSS", "unknown"));
    expect(await retry(open, lost.operation, { ...fast, ifUnknown: async () => ({ done: false }) })).toBe(2);
  });

  it("repeats a lost lookup, and keeps the outcome unknown if the lookup fails", async () => {
    const unknown = error("CONNECTION_LOSS", "unknown");
    let asked = 0;
    const ifUnknown = async () => {
      asked += 1;
      if (asked === 1) throw error("CONNECTION_LOSS", "not-applied");
      throw error("NO_NODE", "rejected");
    };
    const { operation } = failing(unknown);
    await expect(retry(open, operation, { ...fast, ifUnknown })).rejects.toMatchObject({
      code: "CONNECTION_LOSS",
      outcome: "unknown",
      cause: { code: "NO_NODE" },
    });
    expect(asked).toBe(2);
  });

  it("stops after its attempts, when the client is closed, and by the caller's signal", async () => {
    const lost = () => error("CONNECTION_LOSS", "not-applied");
    const three = failing(lost(), lost(), lost());
    await expect(retry(open, three.operation, { ...fast, attempts: 2 })).rejects.toMatchObject({
      code: "CONNECTION_LOSS",
    });
    expect(three.calls()).toBe(2);
    const closed = failing(lost(), lost());
    await expect(retry({ state: "closed" } as ZooKeeper, closed.operation, fast)).rejects.toThrow("CONNECTION_LOSS");
    expect(closed.calls()).toBe(1);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(retry(open, failing(lost()).operation, { initialMs: 60_000, signal })).rejects.toMatchObject({
      code: "ABORTED",
      outcome: "not-applied",
      cause: new Error("enough"),
    });
  });

  it("rejects an invalid policy", async () => {
    await expect(retry(open, async () => 1, { attempts: 0 })).rejects.toThrow(TypeError);
    await expect(retry(open, async () => 1, { initialMs: Number.NaN })).rejects.toThrow(TypeError);
  });

  it("markers are unique, and reproducible by seed", () => {
    expect(protectionMarker()).toMatch(/^_c_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-$/);
    expect(protectionMarker()).not.toBe(protectionMarker());
    expect(protectionMarker(seededRandom(7))).toBe(protectionMarker(seededRandom(7)));
  });
});

describeOnEachEnsemble("writes done once", ({ connectString, root }) => {
  const toClose: AsyncDisposable[] = [];
  beforeAll(async () => {
    await using zk = await connectForLong(connectString());
    await zk.create(root);
  });
  afterEach(async () => {
    for (const each of toClose.splice(0).reverse()) await each[Symbol.asyncDispose]();
  });
  let made = 0;
  /** A client with a proxy before its server, a client without one, and a znode. */
  const stage = async () => {
    const proxy = await startFaultProxy({ target: connectString().split(",")[0]! });
    const zk = await connectForLong(proxy.connectString, { backoff: { initialMs: 10, maxMs: 50 } });
    const other = await connectForLong(connectString());
    toClose.push(proxy, zk, other);
    const path = `${root}/r${++made}`;
    const { stat } = await other.create2(path, "zero");
    await zk.sync(path);
    return { proxy, zk, other, path, stat };
  };

  it.each(["request", "reply"] as const)("createProtected creates one znode if the %s is lost", async (side) => {
    const { proxy, zk, path } = await stage();
    const lost = side === "request" ? proxy.loseRequest("create2") : proxy.loseReply("create2");
    const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
    const node = await createProtected(zk, `${path}/n-`, "data", { mode });
    await lost;
    expect(await zk.getChildren(path)).toEqual([node.path.slice(path.length + 1)]);
    expect(node.path).toMatch(/_c_.*-n-\d{10}$/);
    expect(node.stat).toMatchObject({ ephemeralOwner: zk.sessionId, dataLength: 4 });
  });

  it("deleteProtected finds and deletes the znode by its marker", async () => {
    const { zk, path } = await stage();
    const marker = protectionMarker();
    await createProtected(zk, `${path}/n-`, null, { mode: CreateMode.PERSISTENT_SEQUENTIAL, marker });
    await zk.create(`${path}/other`);
    await deleteProtected(zk, path, marker);
    expect(await zk.getChildren(path)).toEqual(["other"]);
    await deleteProtected(zk, `${path}/missing`, marker);
  });

  it.each(["request", "reply"] as const)("setDataOnce writes once if the %s is lost", async (side) => {
    const { proxy, zk, path, stat } = await stage();
    const lost = side === "request" ? proxy.loseRequest("setData") : proxy.loseReply("setData");
    const after = await setDataOnce(zk, path, "one", stat);
    await lost;
    expect(after.version).toBe(1);
    expect(await zk.getData(path)).toMatchObject({ data: Buffer.from("one"), stat: after });
  });

  it("setDataOnce rejects with BAD_VERSION if another client wrote first and the answer was lost", async () => {
    const { proxy, zk, other, path, stat } = await stage();
    await other.setData(path, "theirs");
    await zk.sync(path);
    void proxy.loseReply("setData");
    await expect(setDataOnce(zk, path, "ours", stat)).rejects.toMatchObject({ code: "BAD_VERSION" });
    expect((await zk.getData(path)).data?.toString()).toBe("theirs");
  });

  it.each(["request", "reply"] as const)(
    "deleteOnce deletes the znode that was read if the %s is lost",
    async (side) => {
      const { proxy, zk, path, stat } = await stage();
      const lost = side === "request" ? proxy.loseRequest("delete") : proxy.loseReply("delete");
      await deleteOnce(zk, path, stat);
      await lost;
      expect(await zk.exists(path)).toBe(null);
    },
  );

  it.each(["request", "reply"] as const)(
    "commitOnce commits once where the %s is lost, and leaves no proof",
    async (side) => {
      const { proxy, zk, path } = await stage();
      const lost = side === "request" ? proxy.loseRequest("multi") : proxy.loseReply("multi");
      const mode = CreateMode.PERSISTENT_SEQUENTIAL;
      const results = await commitOnce(zk, (t) => t.create(`${path}/n-`, null, { mode }), { proofParent: path });
      await lost;
      expect(results).toEqual(side === "request" ? [expect.stringMatching(/n-0000000000$/)] : undefined);
      await zk.sync(path);
      const children = await zk.getChildren(path);
      expect(children).toHaveLength(1);
    },
  );

  it("commitOnce reports a failure of the caller's writes", async () => {
    const { zk, path } = await stage();
    const commit = commitOnce(zk, (t) => t.check(path, 5), { proofParent: path });
    await expect(commit).rejects.toMatchObject({ code: "BAD_VERSION", path });
    expect(await zk.getChildren(path)).toEqual([]);
  });

  it("setDataOnce writes each value once despite many lost requests and answers", async () => {
    await forEachSeed(
      async (random) => {
        const { proxy, zk, path } = await stage();
        let { stat } = await zk.getData(path);
        for (let i = 0; i < 20; i++) {
          const lost =
            random.float() < 0.5
              ? random.float() < 0.5
                ? proxy.loseRequest("setData")
                : proxy.loseReply("setData")
              : null;
          stat = await setDataOnce(zk, path, String(i), stat, { random, clock: systemClock, initialMs: 1 });
          await lost;
        }
        expect(stat.version).toBe(20);
      },
      { count: 2 },
    );
  });
});
