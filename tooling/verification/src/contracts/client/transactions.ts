import type { Stat } from "@conclave/client";
import { CreateMode } from "@conclave/client";
import { describe, expect, expectTypeOf } from "vitest";
import type { ContractTest } from "../../test-context/test-context.ts";

/** Checks transactions. */
export function transactions(test: ContractTest): void {
  describe("a transaction", () => {
    test("applies all its writes atomically, and returns their results in order", async (context) => {
      const zk = await context.client();
      await zk.create("/old", "1");
      const results = await zk
        .transaction()
        .check("/old", 0)
        .create("/a", "x")
        .setData("/old", "22", 0)
        .create("/a/s-", null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL })
        .delete("/old", 1)
        .create("/old")
        .commit();
      expectTypeOf(results).toEqualTypeOf<[string, Stat, string, string]>();
      expect(results).toMatchObject(["/a", { version: 1, dataLength: 2 }, "/a/s-0000000000", "/old"]);
      const [a, sequential, old] = await Promise.all([zk.exists("/a"), zk.exists(results[2]), zk.exists("/old")]);
      expect(a?.czxid).toBe(results[1].mzxid);
      expect(sequential).toMatchObject({ czxid: a?.czxid, ephemeralOwner: zk.sessionId });
      expect(old).toMatchObject({ czxid: a?.czxid, version: 0, dataLength: 0 });
    });

    test("applies nothing if one write fails, and the error names that write", async (context) => {
      const zk = await context.client();
      await zk.create("/kept", "1");
      const commit = zk.transaction().create("/a").setData("/kept", "2").delete("/missing").create("/kept").commit();
      await expect(commit).rejects.toMatchObject({ code: "NO_NODE", path: "/missing", outcome: "rejected" });
      expect(await zk.exists("/a")).toBe(null);
      expect(await zk.getData("/kept")).toMatchObject({ data: Buffer.from("1"), stat: { version: 0 } });
      expect((await zk.exists("/"))?.numChildren).toBe(1);
    });

    test.for([
      ["BAD_VERSION", "/a", 5],
      ["NO_NODE", "/b", -1],
    ] as const)("fails with the error %s of a check", async (context, [code, path, version]) => {
      const zk = await context.client();
      await zk.create("/a");
      const commit = zk.transaction().create("/made").check(path, version).commit();
      await expect(commit).rejects.toMatchObject({ code, path, outcome: "rejected" });
      expect(await zk.exists("/made")).toBe(null);
    });

    test("checks each write against the result of the writes before it", async (context) => {
      const zk = await context.client();
      await zk
        .transaction()
        .create("/a")
        .create("/a/b")
        .setData("/a", "1", 0)
        .setData("/a", "2", 1)
        .check("/a", 2)
        .delete("/a/b")
        .delete("/a", 2)
        .commit();
      expect(await zk.getChildren("/")).toEqual([]);
      const commit = zk.transaction().create("/a").delete("/a").setData("/a", "x").commit();
      await expect(commit).rejects.toMatchObject({ code: "NO_NODE", path: "/a" });
    });

    test("without writes resolves at once", async (context) => {
      const zk = await context.client();
      expect(await zk.transaction().commit()).toEqual([]);
    });

    test("can be committed once", async (context) => {
      const zk = await context.client();
      const transaction = zk.transaction().create("/s-", null, { mode: CreateMode.PERSISTENT_SEQUENTIAL });
      await transaction.commit();
      await expect(transaction.commit()).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
      expect(await zk.getChildren("/")).toEqual(["s-0000000000"]);
    });

    test("with an invalid path is rejected without sending it", async (context) => {
      const zk = await context.client();
      const commit = zk.transaction().create("/a").delete("bad").commit();
      await expect(commit).rejects.toMatchObject({ code: "BAD_ARGUMENTS", path: "bad", outcome: "not-applied" });
      expect(await zk.exists("/a")).toBe(null);
    });

    test("copies the data during the call", async (context) => {
      const zk = await context.client();
      const buffer = Buffer.from("first");
      const transaction = zk.transaction().create("/a", buffer);
      buffer.write("later");
      await transaction.commit();
      expect((await zk.getData("/a")).data?.toString()).toBe("first");
    });

    test("fires the watches of its single writes", async (context) => {
      const zk = await context.client();
      const seen: string[] = [];
      const watch = ({ type, path }: { type: string; path: string }): void => void seen.push(`${type} ${path}`);
      await zk.create("/a");
      await zk.getData("/a", { watch });
      await zk.getChildren("/", { watch });
      await zk.exists("/b", { watch });
      await zk.transaction().setData("/a", "x").create("/b").commit();
      expect(seen.sort()).toEqual(["nodeChildrenChanged /", "nodeCreated /b", "nodeDataChanged /a"]);
    });
  });
}
