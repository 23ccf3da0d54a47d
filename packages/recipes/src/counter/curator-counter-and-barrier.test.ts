import { connect } from "@conclave/client";
import { CuratorProcess, onCuratorOnly } from "@conclave/curator";
import { startFaultProxy } from "@conclave/testing";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { oneServer, TestContext } from "../../test-support/test-context.js";
import { Barrier } from "../barrier/barrier.js";
import { Counter } from "./counter.js";

const TIMES = 50;

describe("barriers and counters that are shared with Curator", await onCuratorOnly(), () => {
  let java: CuratorProcess;
  beforeAll(async () => {
    java = await CuratorProcess.start();
  });
  afterAll(() => java[Symbol.asyncDispose]());

  describeOnEachEnsemble("Barrier and DistributedBarrier", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    it("block waiters of both kinds until one of them lifts the barrier", async () => {
      const path = context.newPath();
      const node = new Barrier(await context.client(), { path });
      const [setter, waiter] = await Promise.all(
        [1, 2].map(() => java.open("barrier", { connectString: ensemble.connectString(), path })),
      );
      let passed = 0;
      const pass = (): void => void passed++;
      await setter?.call("set");
      // Setting a barrier again has no effect.
      await node.set();
      const first = [node.wait().then(pass), waiter?.call("wait").then(pass)];
      expect(await node.isSet()).toBe(true);
      expect(passed).toBe(0);
      await node.lift();
      await Promise.all(first);

      await node.set();
      const second = [node.wait().then(pass), waiter?.call("wait").then(pass)];
      expect(await node.isSet()).toBe(true);
      expect(passed).toBe(2);
      await setter?.call("remove");
      await Promise.all(second);
    });
  });

  describeOnEachEnsemble("Counter and DistributedAtomicLong", (servers) => {
    const ensemble = oneServer(servers);
    const context = new TestContext({ ensemble, connect, startFaultProxy, onTestFinished });
    beforeAll(() => context.open());

    it("are one number, with concurrent additions of both kinds", async () => {
      const path = context.newPath();
      const counter = new Counter(await context.client(), { path });
      const count = await java.open("count", { connectString: ensemble.connectString(), path });
      const addRepeatedly = async (): Promise<void> => {
        for (let done = 0; done < TIMES; done++) await counter.add(-1n);
      };
      await Promise.all([addRepeatedly(), count.call("addRepeatedly", 10_000_000_000, TIMES)]);
      const total = 10_000_000_000n * BigInt(TIMES) - BigInt(TIMES);
      expect(await count.call("get")).toEqual([String(total)]);
      expect(await counter.get()).toBe(total);
      expect(await count.call("add", -1)).toEqual([String(total - 1n)]);
      expect(await counter.compareAndSet(total - 1n, -(2n ** 63n))).toBe(true);
      expect(await count.call("get")).toEqual([String(-(2n ** 63n))]);
    });
  });
});
