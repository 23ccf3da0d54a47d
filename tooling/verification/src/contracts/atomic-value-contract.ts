import { textCodec, type ZooKeeper } from "@conclave/client";
import { AtomicValue } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import {
  assertLinearizable,
  eventually,
  forEachSeed,
  HistoryRecorder,
  type RegisterInput,
  registerModel,
} from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, pick, runWithFaults } from "../test-context/faulty-actors.ts";
import { startFixtureServer } from "../test-context/fixture-server.ts";
import { type ContractHarness, type ContractTest, contractTests } from "../test-context/test-context.ts";

const VALUES = ["a", "b", "c"];

/**
 * Declares the contract of `AtomicValue`: one test for each hazard; and a test that a plain znode is a linearizable register.
 * Call it in a separate suite.
 */
export function runAtomicValueContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("atomic value contract", () => {
    lostAnswers(test);
    histories(test);
    versionWrap(harness);
  });
}

function lostAnswers(test: ContractTest): void {
  test.for(["loseReply", "loseRequest"] as const)(
    "value replaced twice: %s of a write that another client has overwritten",
    async (context, lose) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      const { zk, states } = await context.actor(proxy);
      const [shaky, steady] = [valueAt(zk), valueAt(other)];
      await shaky.set("0");
      await other.sync("/");
      const before = await shaky.get();
      const lost = proxy[lose]("multi");
      const writing = shaky.compareAndSet(before, "mine");
      await lost;
      proxy.refuse();
      await states.first((state) => state === "suspended");
      expect(await steady.update((value) => `${value}, then theirs`)).toBe(
        lose === "loseReply" ? "mine, then theirs" : "0, then theirs",
      );
      proxy.accept();
      expect(await writing).toBe(lose === "loseReply");
      await other.sync("/");
      expect((await steady.get())?.data).toMatch(/, then theirs$/);
    },
  );

  test("the znode that proves a write is deleted after the reply", async (context) => {
    const [proxy, witness] = [await context.proxy(), await context.client()];
    const { zk } = await context.actor(proxy);
    const value = valueAt(zk);
    await value.set("0");
    const lost = proxy.loseReply("multi");
    await value.set("1");
    await lost;
    await witness.sync("/");
    await eventually(() => witness.getChildren(value.path), { until: ({ length }) => length === 0 });
  });
}

function histories(test: ContractTest): void {
  test("histories under random faults are linearizable", async (context) => {
    const actors = await faultyActors(context, 4);
    await forEachSeed(
      async (random, seed) => {
        const history = new HistoryRecorder<RegisterInput, string | boolean>();
        const path = `/v${seed}`;
        await valueAt(actors[0]!.zk, path).set("a");
        await runWithFaults(actors, random, 15, async ({ name, zk }) => {
          const value = valueAt(zk, path);
          const read = async () => {
            await zk.sync("/");
            return value.get();
          };
          const [expected, next] = [pick(random, VALUES), pick(random, VALUES)];
          const act = randomInt(random, 3);
          if (act === 0) return history.record(name, { type: "read" }, async () => (await read())!.data);
          if (act === 1) {
            return history.record(name, { type: "write", value: next }, () => value.set(next).then(() => true));
          }
          return history.record(name, { type: "compareAndSet", expected, value: next }, async () => {
            for (;;) {
              const now = await read();
              if (now?.data !== expected) return false;
              // Rejected after any other write, also of an equal value; then the value is read again.
              if (await value.compareAndSet(now, next)) return true;
            }
          });
        });
        assertLinearizable(registerModel("a"), history.operations);
      },
      { count: 3 },
    );
  });

  test("a znode is a linearizable register, including writes with an unknown outcome", async (context) => {
    const actors = await faultyActors(context, 3);
    await forEachSeed(
      async (random, seed) => {
        const history = new HistoryRecorder<RegisterInput, string | boolean>();
        const path = `/r${seed}`;
        await actors[0]!.zk.create(path, "a");
        await Promise.all(actors.map(({ zk }) => zk.sync("/")));
        await runWithFaults(actors, random, 10, async ({ name, zk }) => {
          const value = pick(random, VALUES);
          await history.record(name, { type: "write", value }, () => zk.setData(path, value).then(() => true));
          await history.record(name, { type: "read" }, async () => {
            await zk.sync("/");
            return (await zk.getData(path)).data!.toString();
          });
        });
        assertLinearizable(registerModel("a"), history.operations);
      },
      { count: 5 },
    );
  });
}

function versionWrap(harness: ContractHarness): void {
  describe.runIf(harness.kind !== "apache")("data version wrap", () => {
    const fixture = startFixtureServer([
      { path: "/end", version: 2 ** 31 - 2 },
      { path: "/below-zero", version: 5 - 2 ** 31 },
      // The version -1, which matches any version in requests, follows after 2^32 - 1 writes.
      { path: "/any", version: -3 },
      ...[-3, -2, -1, 0].map((version) => ({ path: `/from${version}`, version })),
    ]);
    const test = contractTests({ connectString: fixture.connectString, root: "/unused", connect: harness.connect });
    test.for([-3, -2, -1, 0])(
      "from version %i on: compareAndSet is rejected after another write",
      async (context, version) => {
        const zk = await context.connectTo(fixture.connectString());
        const value = valueAt(zk, `/from${version}`);
        for (let round = 0; round < 3; round++) {
          const before = await value.get();
          expect(before?.stat.version).toBe(version + 2 * round);
          await value.set("set");
          expect(await value.compareAndSet(before, "late")).toBe(false);
          const now = await value.get();
          expect(now?.data).toBe("set");
          expect(await value.compareAndSet(now, "next")).toBe(true);
          expect(await value.compareAndSet(now, "twice")).toBe(false);
        }
      },
    );

    test.for(["/end", "/below-zero", "/any"])(
      "%s: one of two concurrent writes succeeds, at every version",
      async (context, path) => {
        const zk = await context.connectTo(fixture.connectString());
        const value = valueAt(zk, path);
        for (let round = 0; round < 6; round++) {
          const now = await value.get();
          const done = await Promise.all([value.compareAndSet(now, "x"), value.compareAndSet(now, "y")]);
          expect(done.filter(Boolean)).toHaveLength(1);
        }
      },
    );
  });
}

function valueAt(zk: ZooKeeper, path = "/v"): AtomicValue<string> {
  return new AtomicValue(zk, { path, codec: textCodec });
}
