import { CreateMode } from "@conclave/client";
import { describe, expect } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

const HOUR_MS = 3_600_000;

/** Checks containers and znodes with a time to live, until the server removes them. */
export function containersAndTtl(test: ContractTest): void {
  describe("a container", () => {
    test("is created by create, create2 and a transaction, and belongs to no session", async (context) => {
      const zk = await context.client();
      const mode = CreateMode.CONTAINER;
      expect(await zk.create("/a", "x", { mode })).toBe("/a");
      const { path, stat } = await zk.create2("/b", null, { mode });
      expect([path, stat.ephemeralOwner, stat.numChildren]).toEqual(["/b", 0n, 0]);
      expect(await zk.transaction().create("/c", "y", { mode }).commit()).toEqual(["/c"]);
      expect((await zk.getData("/a")).data?.toString()).toBe("x");
      expect(await zk.getEphemerals()).toEqual([]);
    });

    test("has children, and exists while it has one", async (context) => {
      const zk = await context.client();
      await zk.create("/a", null, { mode: CreateMode.CONTAINER });
      expect(await zk.create("/a/n-", null, { mode: CreateMode.PERSISTENT_SEQUENTIAL })).toBe("/a/n-0000000000");
      await expect(zk.delete("/a")).rejects.toMatchObject({ code: "NOT_EMPTY" });
      await zk.delete("/a/n-0000000000");
      await zk.delete("/a");
      expect(await zk.exists("/a")).toBe(null);
    });

    test("exists after its client was closed", async (context) => {
      const [maker, witness] = [await context.client(), await context.client()];
      await maker.create("/a", null, { mode: CreateMode.CONTAINER });
      await maker.create("/a/child");
      await maker.close();
      await witness.sync("/");
      expect(await witness.getChildren("/a")).toEqual(["child"]);
    });
  });

  describe("a znode with a time to live", () => {
    test("is created by create, create2 and a transaction, sequential or not", async (context) => {
      const zk = await context.client();
      const plain = { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: HOUR_MS };
      const numbered = { mode: CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, ttlMs: HOUR_MS };
      expect(await zk.create("/a", "x", plain)).toBe("/a");
      expect((await zk.create2("/n-", "x", numbered)).path).toBe("/n-0000000001");
      expect(await zk.transaction().create("/n-", null, numbered).commit()).toEqual(["/n-0000000002"]);
      expect((await zk.exists("/a"))?.dataLength).toBe(1);
      expect(await zk.create("/a/child")).toBe("/a/child");
    });

    test.for([
      ["without a time", CreateMode.PERSISTENT_WITH_TTL, undefined],
      ["of zero", CreateMode.PERSISTENT_WITH_TTL, 0],
      ["beyond forty bits", CreateMode.PERSISTENT_WITH_TTL, 2 ** 40],
      ["in a mode without one", CreateMode.PERSISTENT, HOUR_MS],
    ] as const)("%s is rejected without sending it", async (context, [, mode, ttlMs]) => {
      const zk = await context.client();
      await expect(zk.create("/a", null, { mode, ttlMs })).rejects.toMatchObject({
        code: "BAD_ARGUMENTS",
        outcome: "not-applied",
      });
      expect(await zk.exists("/a")).toBe(null);
    });
  });
}
