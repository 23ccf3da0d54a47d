import { jsonCodec } from "@conclave/client";
import { SharedConfig } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describe, expect } from "vitest";
import { type ContractHarness, contractTests, sessionUntil } from "../test-context/test-context.ts";

const at = { name: "c", codec: jsonCodec<number>() };

/** Declares the contract of `SharedConfig`: one test for each hazard. Call it in a separate suite. */
export function runSharedConfigContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("shared config contract", () => {
    test.for(["loseReply", "loseRequest"] as const)(
      "changed twice: %s of a change, which is reported once",
      async (context, lose) => {
        const [proxy, other] = [await context.proxy(), await context.client()];
        const { zk } = await context.actor(proxy);
        await using mine = new SharedConfig(zk, at);
        await using theirs = new SharedConfig(other, at);
        await mine.set(1);
        await eventually(() => theirs.current === 1);
        const seen: unknown[] = [];
        theirs.on((event) => seen.push(event.type === "changed" ? event.value : event));
        const lost = proxy[lose]("multi");
        expect(await mine.update((value = 0) => value + 1)).toBe(2);
        await lost;
        await eventually(() => theirs.current === 2);
        await mine.set(9);
        await eventually(() => theirs.current === 9 && mine.current === 9);
        expect(seen).toEqual([2, 9]);
      },
    );

    test("invalid value: the last valid one is kept until the next valid one", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      await using config = new SharedConfig(zk, { ...at, initial: 0 });
      const seen: unknown[] = [];
      config.on(({ type }) => seen.push([type, config.current]));
      await config.set(1);
      await other.sync("/");
      await eventually(() => config.current === 1);
      await other.setData(config.path, "no json");
      await eventually(() => seen.length === 2);
      await other.delete(config.path);
      await eventually(() => seen.length === 3);
      expect(seen).toEqual([
        ["changed", 1],
        ["invalid", 1],
        ["changed", 0],
      ]);
    });

    test.for([
      ["SUSPENDED", "suspended"],
      ["LOST", "expired"],
    ] as const)("%s: the value is kept, and a missed change is reported later", async (context, [, state]) => {
      const [proxy, other] = [await context.proxy(), await context.client()];
      await using theirs = new SharedConfig(other, at);
      await theirs.set(1);
      const { zk, states } = await context.actor(proxy, sessionUntil(state));
      await using mine = new SharedConfig(zk, at);
      await mine.ready;
      proxy.refuse();
      proxy.cut();
      await states.first((each) => each === state);
      await theirs.set(2);
      expect([mine.current, mine.isFresh]).toEqual([1, false]);
      proxy.accept();
      await eventually(() => mine.current === 2 && mine.isFresh);
    });
  });
}
