import { CreateMode, isZkError } from "@conclave/client";
import { describe, expect } from "vitest";
import { type ContractTest, populate } from "../../test-context/test-context.ts";

/** Checks reads of more than one znode. */
export function wideReads(test: ContractTest): void {
  describe("getAllChildrenNumber", () => {
    test("counts all znodes below, at any depth", async (context) => {
      const zk = await context.client();
      await populate(zk, ["a", "b", "a/c", "a/c/d"]);
      expect(await zk.getAllChildrenNumber("/")).toBe(4);
      expect(await zk.getAllChildrenNumber("/a")).toBe(2);
      expect(await zk.getAllChildrenNumber("/b")).toBe(0);
      await expect(zk.getAllChildrenNumber("/none")).rejects.toMatchObject({ code: "NO_NODE", path: "/none" });
    });
  });

  describe("getEphemerals", () => {
    test("returns the ephemerals of this session below the chroot and the prefix", async (context) => {
      const [zk, other] = [await context.client(), await context.client()];
      await zk.create("/p");
      for (const path of ["/apple", "/a", "/p/b"]) await zk.create(path, null, { mode: CreateMode.EPHEMERAL });
      await other.create("/a-not-mine", null, { mode: CreateMode.EPHEMERAL });
      expect((await zk.getEphemerals()).sort()).toEqual(["/a", "/apple", "/p/b"]);
      expect((await zk.getEphemerals({ prefix: "/a" })).sort()).toEqual(["/a", "/apple"]);
      expect(await zk.getEphemerals({ prefix: "/none" })).toEqual([]);
    });

    test("does not return a deleted ephemeral", async (context) => {
      const zk = await context.client();
      await zk.create("/a", null, { mode: CreateMode.EPHEMERAL });
      await zk.delete("/a");
      expect(await zk.getEphemerals()).toEqual([]);
    });
  });

  describe("multiRead", () => {
    test("returns a result for each read, in order, and an error for one that fails", async (context) => {
      const zk = await context.client();
      await zk.create("/a", "1");
      await populate(zk, ["a/b", "a/c"]);
      const reads = zk.multiRead().getData("/a").getData("/none").getChildren("/a").getChildren("/a/b").getData("/a/c");
      const [data, none, children, childless, child] = await reads.read();
      expect(data).toMatchObject({ data: Buffer.from("1"), stat: { numChildren: 2 } });
      expect(isZkError(none, "NO_NODE") && [none.path, none.outcome]).toEqual(["/none", "rejected"]);
      expect([...(children as string[])].sort()).toEqual(["b", "c"]);
      expect(childless).toEqual([]);
      expect(child).toMatchObject({ data: Buffer.from("a/c") });
    });

    test("distinguishes null from empty data, and gives each caller its own copy", async (context) => {
      const zk = await context.client();
      await zk.create("/null", null);
      await zk.create("/empty", "");
      await zk.create("/a", "abc");
      const results = await zk.multiRead().getData("/null").getData("/empty").getData("/a").getData("/a").read();
      const [none, empty, first, second] = results.map((result) => ("data" in result ? result.data : undefined));
      expect([none, empty?.length]).toEqual([null, 0]);
      first?.fill(0);
      expect(second?.toString()).toBe("abc");
    });

    test("sees the writes before it", async (context) => {
      const zk = await context.client();
      const written = zk.create("/a", "x");
      const [read] = await zk.multiRead().getData("/a").read();
      expect(read).toMatchObject({ data: Buffer.from("x") });
      await written;
    });

    test("is sent once, and not at all with an invalid path", async (context) => {
      const zk = await context.client();
      const reads = zk.multiRead().getData("/");
      await reads.read();
      await expect(reads.read()).rejects.toMatchObject({ code: "BAD_ARGUMENTS", outcome: "not-applied" });
      const bad = zk.multiRead().getData("/").getChildren("bad").read();
      await expect(bad).rejects.toMatchObject({ code: "BAD_ARGUMENTS", path: "bad" });
    });

    test("lost with its connection rejects as not applied", async (context) => {
      const proxy = await context.proxy();
      const { zk } = await context.actor(proxy);
      const lost = proxy.loseReply("multiRead");
      await expect(zk.multiRead().getData("/").read()).rejects.toMatchObject({
        code: "CONNECTION_LOSS",
        outcome: "not-applied",
      });
      await lost;
    });
  });
}
